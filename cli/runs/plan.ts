/** Turns flags into a run: its options, data and folder. A resumed run brings its own. */
import type { Dataset, TrainOptions } from '../../index.js'
import { CliError } from '../base/exit.js'
import type { Output } from '../base/output.js'
import { checkReading, type DataFlags } from '../flags/data.js'
import { readTrainFlags } from '../flags/train.js'
import { holdsRun, newRunFolder, type RunRecord, readRun, sourceOf } from './folder.js'
import { type Data, openData } from './open-data.js'
import { describeProcess, trainerOf } from './record/trainer-process.js'

/** Flags of `train` other than training options. */
export interface RunFlags extends DataFlags {
  readonly out?: string
  readonly resume?: string | true
  readonly fork?: string
  readonly force?: boolean
}

/** Options, data and folder of a run. */
export interface TrainingPlan {
  readonly options: TrainOptions
  readonly data: DataFlags
  /** A share of the training data, a path, or `none`; by default the test part of a set. */
  readonly validation?: number | string
  readonly out: string
  /** Record of the run to continue, if any. */
  readonly record?: RunRecord
}

/** Turns flags into a plan; refuses to overwrite an earlier run. */
export async function planTraining(flags: RunFlags): Promise<TrainingPlan> {
  const { fork, resume, force = false } = flags
  if (fork !== undefined && resume !== undefined)
    throw new CliError('--fork begins a new run and --resume continues one: choose one')
  if (flags.data !== undefined || (fork === undefined && resume === undefined)) checkReading(flags)
  const { options, validation } = readTrainFlags(flags as Readonly<Record<string, unknown>>)
  const validationOption = validation === undefined ? {} : { validation }
  const folder = typeof resume === 'string' ? resume : flags.out
  if (resume === undefined) {
    if (folder !== undefined) await checkFree(folder, force)
    const out = folder ?? newRunFolder()
    if (fork === undefined) return { options, data: flags, ...validationOption, out }
    const record = await readRun(fork)
    // β and η continue from the checkpoint, which may differ from the run's first values.
    const { beta: _beta, learningRate: _learningRate, ...kept } = record.options
    return { ...resumedData(record, fork, flags), options: { ...kept, ...options, fork }, ...validationOption, out }
  }
  if (folder === undefined) throw new CliError('--resume: which run? Name its folder: --resume runs/NAME')
  if (force) throw new CliError('--force replaces a run and --resume continues it: choose one')
  // `--out F --resume` means "continue or start"; `--resume F` needs something to continue.
  if (resume === true && !holdsRun(folder)) return { options, data: flags, ...validationOption, out: folder }
  const record = await readRun(folder)
  return {
    ...resumedData(record, folder, flags),
    options: { ...record.options, ...options },
    ...validationOption,
    out: folder,
  }
}

/** Data of the run to continue, read as it read them. */
function resumedData(record: RunRecord, folder: string, flags: RunFlags): Pick<TrainingPlan, 'data' | 'record'> {
  const data = flags.data ?? sourceOf(record.data, folder)
  return { data: { ...record.data.preprocessing, ...record.reading, ...flags, data }, record }
}

async function checkFree(folder: string, force: boolean): Promise<void> {
  if (!force && holdsRun(folder)) {
    const ways = 'continue it with --resume, replace it with --force, or choose another --out'
    throw new CliError(`${folder} holds a run already; ${ways}`)
  }
  const trainer = await trainerOf(folder)
  if (trainer !== undefined)
    throw new CliError(`--force: ${describeProcess(trainer)} trains in ${folder}; stop it, or choose another --out`)
}

/** The two data sets of a run. */
export interface RunData {
  readonly name: string
  readonly train: Dataset
  readonly validation?: Dataset
  /** Source of the validation data, if it is not the source of the training data. */
  readonly validationSource?: string
}

/** Data whose first examples are shown: the validation data, or else the training data. */
export function shownExamples({ train, validation }: RunData): Dataset {
  return validation ?? train
}

/** Opens the data of a plan. */
export async function openRunData(plan: TrainingPlan, output: Output, signal: AbortSignal): Promise<RunData> {
  const data = await openData(plan.data, output, signal)
  const choice = plan.validation ?? (plan.record === undefined ? undefined : recordedValidation(plan.record, data))
  if (choice === 'none') return { name: data.name, train: data.train }
  if (choice === undefined) return { ...data, ...(data.test && { validation: data.test }) }
  if (typeof choice === 'number') {
    const { seed } = plan.options
    return { name: data.name, ...data.train.split({ validation: choice, ...(seed !== undefined && { seed }) }) }
  }
  const other = await openData({ ...plan.data, data: choice }, output, signal)
  return { name: data.name, train: data.train, validation: other.test ?? other.train, validationSource: choice }
}

/** Finds the validation data that a run was started with, from its record. */
function recordedValidation({ data, validation }: RunRecord, { train, test }: Data): number | string | undefined {
  if (validation === undefined) return 'none'
  if (test?.fingerprint === validation.fingerprint) return undefined
  // The same share of the same examples with the same seed gives the same split.
  if (train.length === data.n + validation.n) return validation.n / train.length
  if (validation.source !== undefined) return validation.source
  throw new CliError('this run was validated on data from a program; name them with --validation')
}
