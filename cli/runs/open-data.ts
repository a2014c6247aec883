/** Opens the data that a command names: the built-in digits, a named set, or the user's files. */
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Dataset, LoadData } from '../../index.js'
import { asInputError, CliError } from '../base/exit.js'
import { withFlagNames } from '../base/option-names.js'
import type { Output } from '../base/output.js'
import { bytes, count, plural } from '../charts/format.js'
import { type DataFlags, isNamed, openOptions, unknownSourceMessage } from '../flags/data.js'

/** Data with its name or path. */
export interface Data {
  /** `digits`, `mnist`, or the path as given. */
  readonly source: string
  /** Short name for a summary: `digits`, `photos`. */
  readonly name: string
  readonly train: Dataset
  /** Part that the source holds out: named sets have one, and files and folders with two parts. */
  readonly test?: Dataset
}

/** Opens the data that `--data` names; by default the digits. */
export async function openData(flags: DataFlags, output: Output, signal: AbortSignal): Promise<Data> {
  const source = flags.data ?? 'digits'
  const load: LoadData = { signal, onProgress: loadReporter(output, source) }
  const { datasets } = await import('../../index.js')
  if (isNamed(source)) {
    const parts = await asInputError(datasets.load(source, { ...load, ...(flags.dataDir && { dir: flags.dataDir }) }))
    return { source, name: source, ...parts }
  }
  if (!existsSync(source)) throw new CliError(unknownSourceMessage(source))
  const { train, test } = await asInputError(datasets.openSplit(source, { ...load, ...openOptions(flags) }))
  reportSkipped(train, output)
  return { source, name: dataName(source), train, ...(test && { test }) }
}

/** Short name of data: the last part of a path; for IDX files, which all have the same names, their folder's. */
export function dataName(source: string): string {
  const path = source.replace(/\/+$/, '')
  const name = basename(path) || source
  const folder = basename(dirname(path))
  return /-idx\d-ubyte/.test(name) && folder !== '' && folder !== '.' ? folder : name
}

/** Lines with what was taken for what when data were read; none if nothing was. */
export function noteLines(notes: readonly string[] = []): string[] {
  return notes.map((note) => `  ${withFlagNames(note)}`)
}

/** Prints progress while files load or download: first after 1 s, then at most every 2 s. */
export function loadReporter(output: Output, source: string): NonNullable<LoadData['onProgress']> {
  let next = Date.now() + 1000
  return ({ done, total, unit }) => {
    if (Date.now() < next) return
    next = Date.now() + 2000
    const amount = (value: number) => (unit === 'bytes' ? bytes(value) : count(value))
    output.progress(
      `  ${source}  ${amount(done)}${total > 0 ? ` of ${amount(total)}` : ''}${unit === 'files' ? ' files' : ''}`,
    )
  }
}

function reportSkipped(data: Dataset, output: Output): void {
  const { skipped } = data
  if (skipped.length === 0) return
  const first = skipped.slice(0, 3).map(({ path, reason }) => `${path} (${reason})`)
  output.progress(
    `  left out ${plural(skipped.length, 'unreadable file')}: ${first.join(', ')}${skipped.length > 3 ? ', …' : ''}`,
  )
}
