/** From flags to a run: which options, which data, which folder; a resumed run brings its own. */
import type { Dataset, TrainOptions } from '../../index.js'
import { checkReading, type DataFlags } from '../flags/data.js'
import { type Data, openData } from './open-data.js'
import { CliError } from '../base/exit.js'
import { readTrainFlags } from '../flags/train.js'
import type { Output } from '../base/output.js'
import { spoken, trainerOf } from './record/trainer-process.js'
import { holdsRun, newRunFolder, type RunRecord, readRun, sourceOf } from './folder.js'

/** The flags of `train` beside the options of training. */
export interface RunFlags extends DataFlags {
  readonly out?: string
  readonly resume?: string | true
  readonly fork?: string
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
  const { fork, resume, force = false } = flags
  if (fork !== undefined && resume !== undefined)
    throw new CliError('--fork begins a new run and --resume continues one: choose one')
  if (flags.data !== undefined || (fork === undefined && resume === undefined)) checkReading(flags)
  const { options, validation } = readTrainFlags(flags as Readonly<Record<string, unknown>>)
  const said = validation === undefined ? {} : { validation }
  const folder = typeof resume === 'string' ? resume : flags.out
  if (resume === undefined) {
    if (folder !== undefined) await checkFree(folder, force)
    const out = folder ?? newRunFolder()
    if (fork === undefined) return { options, data: flags, ...said, out }
    const record = await readRun(fork)
    // β and η go on as they hold at the checkpoint, which is not always what the run began with.
    const { beta: _beta, learningRate: _learningRate, ...kept } = record.options
    return { ...goingOn(record, fork, flags), options: { ...kept, ...options, fork }, ...said, out }
  }
  if (folder === undefined) throw new CliError('--resume: which run? Name its folder: --resume runs/NAME')
  if (force) throw new CliError('--force replaces a run and --resume continues it: choose one')
  // `--out F --resume` means "continue or start"; `--resume F` needs something to continue.
  if (resume === true && !holdsRun(folder)) return { options, data: flags, ...said, out: folder }
  const record = await readRun(folder)
  return { ...goingOn(record, folder, flags), options: { ...record.options, ...options }, ...said, out: folder }
}

/** What goes on from a run uses its data, read as it read them. */
function goingOn(record: RunRecord, folder: string, flags: RunFlags): Pick<Plan, 'data' | 'record'> {
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
    throw new CliError(`--force: ${spoken(trainer)} trains in ${folder}; stop it, or choose another --out`)
}

/** The two data sets of a run. */
export interface TrainingData {
  readonly name: string
  readonly train: Dataset
  readonly validation?: Dataset
  /** Where the validation data come from, when they are not a part of the training data's source. */
  readonly validationSource?: string
}

/** The data whose first examples are shown: those that the run is measured on, or else those that it is trained on. */
export function shownExamples({ train, validation }: TrainingData): Dataset {
  return validation ?? train
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
  if (train.length === data.n + validation.n) return validation.n / train.length
  if (validation.source !== undefined) return validation.source
  throw new CliError('this run was validated on data from a program; name them with --validation')
}
