/** Input of a report: record, model and evaluated examples of a run. */
import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Dataset, Encoding, Evaluation, Vae, ValueRange } from '../../index.js'
import { CliError } from '../base/exit.js'
import type { Output } from '../base/output.js'
import type { DataFlags } from '../flags/data.js'
import { columnVariances, rankDimensions } from '../latent/codes.js'
import { readRun, runFiles } from '../runs/folder.js'
import { openModel, openNamedData } from '../runs/loaded-model.js'
import { dataName } from '../runs/open-data.js'
import { Recall } from '../runs/recall.js'
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
  /** Validation data, or else training data; or the data that `--data` names. */
  readonly examples: Dataset
  /** Part of the run's data that they are, for captions; `named` for others. */
  readonly part: 'validation' | 'training' | 'named'
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
  const { name, examples, part } = await dataOf(folder, vae, flags, output, signal)
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
    part,
    data: name,
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

/** Data of a report. */
interface ReportData {
  readonly name: string
  readonly examples: Dataset
  readonly part: ReportInput['part']
}

/** Opens the data that `--data` names, or else those that the run was validated on, or trained on. */
async function dataOf(
  folder: string,
  vae: Vae,
  flags: DataFlags,
  output: Output,
  signal: AbortSignal,
): Promise<ReportData> {
  if (flags.data !== undefined) {
    const { examples } = await openNamedData(vae, flags, output, signal)
    return { name: dataName(flags.data), examples, part: 'named' }
  }
  const recall = new Recall({ folder, record: await readRun(folder) }, 'use', flags, output, signal)
  const validation = await recall.validation()
  const { examples, name } = validation ?? (await recall.train())
  return { name, examples, part: validation === undefined ? 'training' : 'validation' }
}
