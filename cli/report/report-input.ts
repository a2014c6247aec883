/** Input of a report: record, model and evaluated examples of a run. */
import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Dataset, Encoding, Evaluation, Vae, ValueRange } from '../../index.js'
import { CliError, sentence } from '../base/exit.js'
import type { Output } from '../base/output.js'
import { checkReading, type DataFlags, openOptions } from '../flags/data.js'
import { columnVariances, rankDimensions } from '../latent/codes.js'
import { readRun, runFiles, sourceOf } from '../runs/folder.js'
import { openModel } from '../runs/loaded-model.js'
import { openData } from '../runs/open-data.js'
import { openRunData, type RunData } from '../runs/plan.js'
import { type Metrics, readMetrics } from '../runs/record/metrics.js'
import { shownRanges } from './pictures.js'

/** Inputs of the figures of a run. Letters: n examples, d latent dimensions. */
export interface ReportInput {
  /** Name of its folder. */
  readonly name: string
  /** Prefix of its ids in a page of several runs: `warm-fox-`; else empty. */
  readonly prefix: string
  readonly folder: string
  readonly vae: Vae
  readonly metrics: Metrics
  /** Validation data, or else training data. */
  readonly examples: Dataset
  /** Name of that part, for captions: `validation`, `training`. */
  readonly part: 'validation' | 'training'
  /** Name of the data set. */
  readonly data: string
  readonly encoding: Encoding
  readonly evaluation: Evaluation
  /** Variance of the means of q(z|x) per dimension. */
  readonly variances: readonly number[]
  /** Latent dimensions, largest KL (else variance) first. */
  readonly order: readonly number[]
  /** Active dimensions, as counted by `activeUnits`, in the same order. */
  readonly activeDimensions: readonly number[]
  /** Values shown as black and white, or at the bottom and the top: one range, or one for each value. */
  readonly ranges: readonly ValueRange[]
  readonly seed: number
  readonly signal: AbortSignal
}

/** Flags of a report besides its runs. */
export interface ReportInputFlags extends DataFlags {
  readonly seed?: number
}

/** Opens a run and computes the inputs of all its figures. */
export async function openReportInput(
  folder: string,
  prefix: string,
  flags: ReportInputFlags,
  output: Output,
  signal: AbortSignal,
): Promise<ReportInput> {
  if (!existsSync(join(folder, runFiles.record)))
    throw new CliError(`${folder}: expected a run folder, but ${runFiles.record} is missing`)
  const metrics = await readMetrics(folder)
  const vae = await openModel(folder, {})
  const { name, train, validation } = await dataOf(folder, vae, flags, output, signal)
  const examples = validation ?? train
  const seed = flags.seed ?? 1
  const encoding = await vae.encode(examples, { signal })
  const evaluation = await vae.evaluate(examples, { signal, seed })
  const [, d] = encoding.mean.shape
  const variances = columnVariances(encoding.mean.data, d)
  const order = rankDimensions(evaluation.klPerDimension, variances)
  return {
    name: basename(resolve(folder)),
    prefix,
    folder,
    vae,
    metrics,
    examples,
    part: validation === undefined ? 'training' : 'validation',
    data: dataName(name, train),
    encoding,
    evaluation,
    variances,
    order,
    activeDimensions: order.slice(0, evaluation.activeUnits),
    ranges: shownRanges(vae, examples),
    seed,
    signal,
  }
}

/** Opens the data of a run, from `--data` or else from its record. */
async function dataOf(
  folder: string,
  vae: Vae,
  flags: DataFlags,
  output: Output,
  signal: AbortSignal,
): Promise<RunData> {
  const read = { ...openOptions(vae.preprocessing), ...flags }
  if (flags.data !== undefined) {
    checkReading(flags)
    return openNamedData(folder, read, output, signal)
  }
  try {
    const record = await readRun(folder)
    const data = { ...record.reading, ...read, data: sourceOf(record.data, folder) }
    return await openRunData({ options: record.options, data, record, out: folder }, output, signal)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    throw new CliError(withRemedy(sentence(error)), error.exitCode)
  }
}

/** Data from `--data`: its test part; else the validation split of the run; else all of it, if new to the run. */
async function openNamedData(folder: string, read: DataFlags, output: Output, signal: AbortSignal): Promise<RunData> {
  // A run on data from a program records no source, which is not needed here.
  const record = await readRun(folder).catch(() => undefined)
  const { name, train, test } = await openData({ ...record?.reading, ...read }, output, signal)
  if (test !== undefined) return { name, train, validation: test }
  const { data, validation: heldBack, options: { seed } = {} } = record ?? {}
  if (data !== undefined && heldBack !== undefined && train.length === data.n + heldBack.n) {
    const share = { validation: heldBack.n / train.length, ...(seed !== undefined && { seed }) }
    return { name, ...train.split(share) }
  }
  return train.fingerprint === data?.fingerprint ? { name, train } : { name, train, validation: train }
}

function withRemedy(message: string): string {
  return message.includes('--data') ? message : `${message}; if the data lies elsewhere now, name it with --data`
}

/** Name of a data set; for IDX files, which all have the same names, the name of their folder. */
function dataName(name: string, { source }: Dataset): string {
  return /-idx\d-ubyte/.test(name) && source !== undefined ? basename(dirname(resolve(source))) : name
}
