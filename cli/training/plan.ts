/** From flags to a run: which options, which data, which folder; a resumed run brings its own. */
import type { Dataset, TrainOptions } from '../../index.js'
import { checkReading, type Data, type DataFlags, openData } from '../data.js'
import { CliError } from '../exit.js'
import { readTrainFlags } from '../options.js'
import type { Output } from '../output.js'
import { holdsRun, newRunFolder, type RunRecord, readRun } from '../run-folder.js'

/** The flags of `train` beside the options of training. */
export interface RunFlags extends DataFlags {
  readonly out?: string
  readonly resume?: string | true
  readonly force?: boolean
}

/** What is to be trained, and where the run is kept. */
export interface Plan {
  readonly options: TrainOptions
  readonly data: DataFlags
  /** A share of the training data, a path, `none`; the test part of a set when it is not said. */
  readonly validation?: number | string
  readonly out: string
  /** What the run folder remembers, when there is something to continue. */
  readonly record?: RunRecord
}

/** Turns flags into a plan, and refuses to train over an earlier run. */
export async function planned(flags: RunFlags): Promise<Plan> {
  if (flags.resume === undefined || flags.data !== undefined) checkReading(flags)
  const { options, validation } = readTrainFlags(flags as Readonly<Record<string, unknown>>)
  const said = validation === undefined ? {} : { validation }
  const folder = typeof flags.resume === 'string' ? flags.resume : flags.out
  if (flags.resume === undefined) {
    if (folder !== undefined && flags.force !== true && holdsRun(folder)) throw new CliError(taken(folder))
    return { options, data: flags, ...said, out: folder ?? newRunFolder() }
  }
  if (folder === undefined) throw new CliError('--resume: which run? Name its folder: --resume runs/NAME')
  if (flags.force === true) throw new CliError('--force replaces a run and --resume continues it: choose one')
  // `--out F --resume` means "continue or start"; `--resume F` needs something to continue.
  if (flags.resume === true && !holdsRun(folder)) return { options, data: flags, ...said, out: folder }
  const record = await readRun(folder)
  return {
    options: { ...record.options, ...options },
    data: { ...record.data.preprocessing, ...record.reading, ...flags, data: flags.data ?? record.data.source },
    ...said,
    out: folder,
    record,
  }
}

function taken(folder: string): string {
  return `${folder} holds a run already; continue it with --resume, replace it with --force, or choose another --out`
}

/** The two data sets of a run. */
export interface TrainingData {
  readonly name: string
  readonly train: Dataset
  readonly validation?: Dataset
  /** Where the validation data come from, when they are not a part of the training data's source. */
  readonly validationSource?: string
}

/** Opens the data of a plan. */
export async function opened(plan: Plan, output: Output, signal: AbortSignal): Promise<TrainingData> {
  const data = await openData(plan.data, output, signal)
  const choice = plan.validation ?? (plan.record === undefined ? undefined : remembered(plan.record, data))
  if (choice === 'none') return { name: data.name, train: data.train }
  if (choice === undefined) return { ...data, ...(data.test && { validation: data.test }) }
  if (typeof choice === 'number') {
    const { seed } = plan.options
    return { name: data.name, ...data.train.split({ validation: choice, ...(seed !== undefined && { seed }) }) }
  }
  const other = await openData({ ...plan.data, data: choice }, output, signal)
  return { name: data.name, train: data.train, validation: other.test ?? other.train, validationSource: choice }
}

/** The validation that a run was started with, found by what its record says of the data. */
function remembered({ data, validation }: RunRecord, { train, test }: Data): number | string | undefined {
  if (validation === undefined) return 'none'
  if (test?.fingerprint === validation.fingerprint) return undefined
  // The same share of the same examples, drawn with the same seed, is the same part.
  return train.length === data.n + validation.n ? validation.n / train.length : validation.source
}
