/** A run as a report looks at it: its record, its model, and the examples that it is judged by. */
import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Dataset, Encoding, Evaluation, Vae } from '../../index.js'
import { CliError, sentence } from '../base/exit.js'
import type { Output } from '../base/output.js'
import { checkReading, type DataFlags, openOptions } from '../flags/data.js'
import { columnVariances, ranked } from '../latent/prior.js'
import { rangeOf } from '../latent/subset.js'
import { readRun, runFiles, sourceOf } from '../runs/folder.js'
import { openModel } from '../runs/loaded-model.js'
import { openData } from '../runs/open-data.js'
import { opened, type TrainingData } from '../runs/plan.js'
import { type Metrics, readMetrics } from '../runs/record/metrics.js'

/** Everything that the figures of a run are made of. Letters: n examples, d latent dimensions. */
export interface Subject {
  /** The name of its folder. */
  readonly name: string
  /** What its ids begin with, where a page holds several runs: `warm-fox-`; else empty. */
  readonly prefix: string
  readonly folder: string
  readonly vae: Vae
  readonly metrics: Metrics
  /** The validation data, or where there is none the training data. */
  readonly examples: Dataset
  /** In words, for captions: `validation`, `training`. */
  readonly part: 'validation' | 'training'
  /** The name of the data set. */
  readonly data: string
  readonly encoding: Encoding
  readonly evaluation: Evaluation
  /** The variance of the means of q(z|x) in each dimension. */
  readonly variances: readonly number[]
  /** Latent dimensions, those that carry most first. */
  readonly order: readonly number[]
  /** The dimensions that the model uses, as `activeUnits` counts them, those that carry most first. */
  readonly live: readonly number[]
  /** The values that are shown as black and white: [0, 1], or for other data those of the examples. */
  readonly range: readonly [low: number, high: number]
  readonly seed: number
  readonly signal: AbortSignal
}

/** What a report is asked for besides its runs. */
export interface SubjectFlags extends DataFlags {
  readonly seed?: number
}

/** Opens a run and computes what all of its figures need. */
export async function openSubject(
  folder: string,
  prefix: string,
  flags: SubjectFlags,
  output: Output,
  signal: AbortSignal,
): Promise<Subject> {
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
  const order = ranked(evaluation.klPerDimension, variances)
  return {
    name: basename(resolve(folder)),
    prefix,
    folder,
    vae,
    metrics,
    examples,
    part: validation === undefined ? 'training' : 'validation',
    data: spoken(name, train),
    encoding,
    evaluation,
    variances,
    order,
    live: order.slice(0, evaluation.activeUnits),
    range: rangeOf(examples),
    seed,
    signal,
  }
}

/** The data of a run, found where its record says or where `--data` does. */
async function dataOf(
  folder: string,
  vae: Vae,
  flags: DataFlags,
  output: Output,
  signal: AbortSignal,
): Promise<TrainingData> {
  const read = { ...openOptions(vae.preprocessing), ...flags }
  if (flags.data !== undefined) {
    checkReading(flags)
    return named(folder, read, output, signal)
  }
  try {
    const record = await readRun(folder)
    const data = { ...record.reading, ...read, data: sourceOf(record.data, folder) }
    return await opened({ options: record.options, data, record, out: folder }, output, signal)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    throw new CliError(withRemedy(sentence(error)), error.exitCode)
  }
}

/** Data that was named: its test part; or what the run held back of it; or all of it, which may be new to the run. */
async function named(folder: string, read: DataFlags, output: Output, signal: AbortSignal): Promise<TrainingData> {
  // A run on data of a program says nothing of where they are, and all is well without.
  const record = await readRun(folder).catch(() => undefined)
  const { name, train, test } = await openData({ ...record?.reading, ...read }, output, signal)
  if (test !== undefined) return { name, train, validation: test }
  const { data, validation: held, options: { seed } = {} } = record ?? {}
  if (data !== undefined && held !== undefined && train.length === data.n + held.n) {
    const share = { validation: held.n / train.length, ...(seed !== undefined && { seed }) }
    return { name, ...train.split(share) }
  }
  return train.fingerprint === data?.fingerprint ? { name, train } : { name, train, validation: train }
}

function withRemedy(said: string): string {
  return said.includes('--data') ? said : `${said}; if the data lies elsewhere now, name it with --data`
}

/** The name of a data set; of one of IDX's files, which are all called alike, that of its folder. */
function spoken(name: string, { source }: Dataset): string {
  return /-idx\d-ubyte/.test(name) && source !== undefined ? basename(dirname(resolve(source))) : name
}
