import type { Command } from 'commander'
import type { Dataset } from '../../index.js'
import { addDataFlags, type Data, type DataFlags, openData } from '../data.js'
import { interruptible } from '../interrupt.js'
import type { Output } from '../output.js'
import { outputOf } from '../program.js'
import { count, plural, shape } from '../render/format.js'
import { grid, pictures } from '../render/picture.js'

interface DescribeFlags extends DataFlags {
  readonly bad?: boolean
}

/** `data [NAME|PATH]`: what a model would be given, before one is trained on it. */
export function define(command: Command): void {
  command.argument('[data]', 'the same as --data (default: digits)')
  addDataFlags(command)
  command
    .option('--bad', 'list every file that cannot be read')
    .action(async (source: string | undefined, flags: DescribeFlags) => {
      const output = outputOf(command)
      // A description is wanted most where some files are broken: they are listed instead of ending it.
      const named = { onError: 'skip' as const, ...flags, ...(source !== undefined && { data: source }) }
      const data = await interruptible((signal) => openData(named, output, signal))
      describe('train', data, data.train, flags, output)
      if (data.test !== undefined) describe('test', data, data.test, flags, output)
    })
}

function describe(part: string, { source, test }: Data, examples: Dataset, flags: DescribeFlags, output: Output): void {
  const range = valueRange(examples)
  const labels = labelCounts(examples)
  const { skipped } = examples
  output.result(
    `${source}${test === undefined ? '' : ` ${part}`}  ${plural(examples.length, 'example')} of ${shape(examples.shape)}`,
    `  values  ${range.min.toPrecision(4)} … ${range.max.toPrecision(4)}, mean ${range.mean.toPrecision(4)}, as a model sees them`,
    `  fits    ${suggestion(range)}`,
  )
  if (labels.length > 0) output.result(`  labels  ${labels.map(({ name, n }) => `${name} ${count(n)}`).join(', ')}`)
  if (skipped.length > 0) {
    const list = flags.bad === true ? '' : ' (list: --bad)'
    output.result(`  ${plural(skipped.length, 'file')} cannot be read${list}`)
    if (flags.bad === true) output.result(...skipped.map(({ path, reason }) => `    ${path}  ${reason}`))
  }
  output.result(`  hash    ${examples.fingerprint}`)
  const images = pictures(examples.slice(0, 6).toTensor())
  if (output.terminal && !output.quiet)
    output.result(...grid(images, Math.min(output.columns, 100), output.paint.depth))
  const { length, fingerprint, preprocessing } = examples
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
  })
}

/** Least, greatest and mean value. */
export interface ValueRange {
  readonly min: number
  readonly max: number
  readonly mean: number
}

/** Examples are turned into floats so many at a time: a large set is never there twice. */
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

/** The likelihood that values in this range allow. */
export function suggestion({ min, max }: ValueRange): string {
  if (min >= 0 && max <= 1) return '--likelihood bernoulli (or squared-error, gaussian)'
  return '--likelihood gaussian (values lie outside [0, 1])'
}

function labelCounts({ labels, labelNames }: Dataset): { name: string; n: number }[] {
  const counts = new Map<number, number>()
  for (const label of labels ?? []) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => a - b).map(([label, n]) => ({ name: labelNames?.[label] ?? String(label), n }))
}
