import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { type DataDescription, type Dataset, datasets, type Table } from '../../index.js'
import { asInputError, exitCode, exitCodeOf } from '../base/exit.js'
import { interruptible } from '../base/interrupt.js'
import { withFlagNames } from '../base/option-names.js'
import { type Output, outputOf } from '../base/output.js'
import { count, plural, shape } from '../charts/format.js'
import { grid, pictures } from '../charts/text/picture.js'
import { addDataFlags, checkReading, type DataFlags, isNamed, openOptions } from '../flags/data.js'
import { type Data, loadReporter, openData } from '../runs/open-data.js'

interface DescribeFlags extends DataFlags {
  readonly bad?: boolean
}

/** `data [NAME|PATH]`: describes a data set before training on it. */
export function define(command: Command): void {
  command.argument('[data]', 'the same as --data (default: digits)')
  addDataFlags(command)
  command
    .option('--bad', 'list every file that cannot be read')
    .action(async (source: string | undefined, flags: DescribeFlags) => {
      const output = outputOf(command)
      const dataFlags = { ...flags, ...(source !== undefined && { data: source }) }
      await interruptible((signal) => describeData(dataFlags, output, signal))
    })
}

/** Describes the files at the path, then each part as a model sees it. */
async function describeData(flags: DescribeFlags, output: Output, signal: AbortSignal): Promise<void> {
  const source = flags.data ?? 'digits'
  checkReading(flags)
  // Anything but a path is a set's name or a typo: `openData` handles both.
  const description = isNamed(source) || !existsSync(source) ? undefined : await readDescription(source, output, signal)
  const data = await tryOpen(flags, description, output, signal)
  if (description !== undefined)
    describePath(
      source,
      description,
      { isOpen: data !== undefined, isTable: data?.train.table !== undefined, ...flags },
      output,
    )
  if (data === undefined) return
  describePart('train', data, data.train, output)
  if (data.test !== undefined) describePart('test', data, data.test, output)
}

function readDescription(source: string, output: Output, signal: AbortSignal): Promise<DataDescription> {
  return asInputError(datasets.describe(source, { signal, onProgress: loadReporter(output, source) }))
}

/** Opens the data; undefined if an option is missing, because the files can still be described. */
async function tryOpen(
  flags: DescribeFlags,
  description: DataDescription | undefined,
  output: Output,
  signal: AbortSignal,
): Promise<Data | undefined> {
  try {
    return await openData({ ...lenientFlags(description), ...flags }, { ...output, progress: () => {} }, signal)
  } catch (error) {
    const isMissingOption = exitCodeOf(error) === exitCode.usage && Object.keys(openOptions(flags)).length === 0
    if (description === undefined || !isMissingOption) throw error
    return undefined
  }
}

/** Skips broken pictures or rows instead of failing: the description lists them. */
function lenientFlags(description: DataDescription | undefined): DataFlags {
  const mayBreak = description !== undefined && description.sizes.length + description.columns.length > 0
  return mayBreak ? { onError: 'skip' } : {}
}

/** Describes the files themselves, whether or not a model can train on them. */
function describePath(
  source: string,
  description: DataDescription,
  { isOpen, isTable, bad }: DescribeFlags & { readonly isOpen: boolean; readonly isTable: boolean },
  output: Output,
): void {
  const { kind, examples, heldOut, sizes, labels, arrays, columns, notes, unreadable, suggestion } = description
  const parts =
    heldOut > 0 ? `${count(examples)} examples to train on, ${count(heldOut)} held out` : plural(examples, 'example')
  output.result(`${source}  ${kind}${examples > 0 ? `, ${parts}` : ''}`)
  // What the options of this call say is not guessed: the notes are those of opening with them.
  if (!isOpen) output.result(...noteRows(notes))
  if (sizes.length > 0) {
    const mostFrequent = sizes.slice(0, 5).map(({ height, width, count: n }) => `${height}×${width} ${count(n)}`)
    output.result(row('sizes', `${mostFrequent.join(', ')}${sizes.length > 5 ? ` and ${sizes.length - 5} more` : ''}`))
  }
  if (labels.length > 0 && !isOpen) output.result(row('labels', counts(labels)))
  for (const { name, sizes, unusable } of arrays)
    output.result(row('array', `${name} ${sizes.join('×')}${unusable === undefined ? '' : `  (${unusable})`}`))
  if (columns.length > 0) {
    const numbers = columns.filter(({ notNumbers }) => notNumbers === 0).map(({ name }) => name)
    // Of an open table, its part lists the columns with their kinds.
    if (!isTable) output.result(row('columns', `${numbers.join(', ') || 'none'} (numbers throughout)`))
    for (const { name, notNumbers } of columns.filter(({ notNumbers }) => notNumbers > 0))
      output.result(row('', `${name} (${plural(notNumbers, 'cell')} without a number)`))
  }
  if (unreadable.length > 0) {
    const list = bad === true ? '' : ' (list: --bad)'
    output.result(row('broken', `${plural(unreadable.length, 'file')} cannot be read${list}`))
    if (bad === true) output.result(...unreadable.map(({ path, reason }) => row('', `${path}  ${reason}`)))
  }
  // For data that can be opened, each part lists the likelihoods it fits.
  if (!isOpen) output.result(row('next', withFlagNames(suggestion)))
  output.event({ type: 'description', source, ...description })
}

/** Describes one part as a model sees it. */
function describePart(part: string, { source, name, test }: Data, examples: Dataset, output: Output): void {
  const range = valueRange(examples)
  const labels = labelCounts(examples)
  const { notes, table } = examples
  output.result(
    `${name}${test === undefined ? '' : ` ${part}`}  ${plural(examples.length, 'example')} of ${shape(examples.shape)}`,
    ...(part === 'train' ? [...noteRows(notes), ...columnRows(table)] : []),
    row('values', `${range.min.toPrecision(4)} … ${range.max.toPrecision(4)}, mean ${range.mean.toPrecision(4)}`),
    row('fits', suggestion(modelRange(examples, range))),
  )
  if (labels.length > 0) output.result(row('labels', counts(labels)))
  output.result(row('hash', examples.fingerprint.slice(0, 16)))
  if (output.terminal && !output.quiet) {
    const images = pictures(examples.slice(0, 6).toTensor())
    output.result(...grid(images, Math.min(output.columns, 100), output.paint))
  }
  const { length, fingerprint, preprocessing, skipped } = examples
  output.event({
    type: 'data',
    source,
    part,
    n: length,
    shape: examples.shape,
    range,
    labels,
    skipped,
    fingerprint,
    preprocessing,
    notes,
    ...(table && { table }),
  })
}

/** Lines with what was taken for what. */
function noteRows(notes: readonly string[]): string[] {
  return notes.map((note, i) => row(i === 0 ? 'read as' : '', withFlagNames(note)))
}

/** Columns of a table with their kinds. */
function columnRows(table: Table | undefined): string[] {
  if (table === undefined) return []
  const shown = table.columns.slice(0, maxColumns).map(({ name, type }) => `${name} (${type})`)
  const more = table.columns.length > shown.length ? ` and ${table.columns.length - shown.length} more` : ''
  return [row('columns', `${shown.join(', ')}${more}`)]
}

/** Columns of a table that are listed. */
const maxColumns = 20

/** Line of a description: a name and its text. */
function row(name: string, text: string): string {
  return `  ${name.padEnd(9)}${text}`
}

interface Label {
  readonly label: number
  readonly name?: string
  readonly count: number
}

function counts(labels: readonly Label[]): string {
  const shown = labels.slice(0, 20).map(({ label, name, count: n }) => `${name ?? label} ${count(n)}`)
  return `${shown.join(', ')}${labels.length > 20 ? ` and ${labels.length - 20} more` : ''}`
}

/** Minimum, maximum and mean. */
export interface ValueRange {
  readonly min: number
  readonly max: number
  readonly mean: number
}

/** Examples converted to floats at a time, so that a large set is never in memory twice. */
const chunk = 1000

function valueRange(examples: Dataset): ValueRange {
  let [min, max, sum, n] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  for (let start = 0; start < examples.length; start += chunk) {
    const { data } = examples.slice(start, start + chunk).toTensor()
    for (const value of data) {
      if (value < min) min = value
      if (value > max) max = value
      sum += value
    }
    n += data.length
  }
  return { min, max, mean: sum / n }
}

/** Ends of the values that a model receives: those of the data, unless `scale` brings them elsewhere. */
function modelRange({ element, preprocessing: { scale } }: Dataset, range: ValueRange): Omit<ValueRange, 'mean'> {
  if (scale === 'unit') return { min: 0, max: 1 }
  if (scale === 'standardize') return { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY }
  return scale === 'none' && element === 'u8' ? { min: 0, max: range.max * 255 } : range
}

/** Likelihoods that values in this range allow. */
export function suggestion({ min, max }: Omit<ValueRange, 'mean'>): string {
  if (min >= 0 && max <= 1) return '--likelihood bernoulli (or squared-error, gaussian)'
  return '--likelihood gaussian (values lie outside [0, 1])'
}

function labelCounts({ labels, labelNames }: Dataset): Label[] {
  const found = new Map<number, number>()
  for (const label of labels ?? []) found.set(label, (found.get(label) ?? 0) + 1)
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([label, n]) => {
      const name = labelNames?.[label]
      return { label, ...(name !== undefined && { name }), count: n }
    })
}
