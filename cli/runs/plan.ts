/** Turns flags into a run: its options, data and folder. A resumed run brings its own. */
import type { TrainOptions } from '../../index.js'
import { CliError } from '../base/exit.js'
import { checkReading, type DataFlags } from '../flags/data.js'
import { readTrainFlags } from '../flags/train.js'
import { readValidationFlags, type ValidationChoice, type ValidationFlags } from '../flags/validation.js'
import { holdsRun, newRunFolder, readRun } from './folder.js'
import type { RecordedRun } from './recall.js'
import { describeProcess, trainerOf } from './record/trainer-process.js'

/** Flags of `train` other than training options. */
export interface RunFlags extends DataFlags, ValidationFlags {
  readonly out?: string
  readonly resume?: string | true
  readonly fork?: string
  readonly force?: boolean
}

/** Options, data and folder of a run. */
export interface TrainingPlan extends ValidationChoice {
  readonly options: TrainOptions
  /** Flags of data. If they name none and there is an earlier run, its data are recalled. */
  readonly data: DataFlags
  readonly out: string
  /** The run or sweep that is continued or forked, if any. */
  readonly earlier?: RecordedRun
}

/** Turns flags into a plan; refuses to overwrite an earlier run. */
export async function planTraining(flags: RunFlags): Promise<TrainingPlan> {
  const { fork, resume, force = false } = flags
  if (fork !== undefined && resume !== undefined)
    throw new CliError('--fork begins a new run and --resume continues one: choose one')
  if (flags.data !== undefined || (fork === undefined && resume === undefined)) checkReading(flags)
  const { options, validation } = readTrainFlags(flags as Readonly<Record<string, unknown>>)
  const plan = { data: flags, ...readValidationFlags(flags, validation) }
  const folder = typeof resume === 'string' ? resume : flags.out
  if (resume === undefined) {
    if (folder !== undefined) await checkFree(folder, force)
    const out = folder ?? newRunFolder()
    if (fork === undefined) return { ...plan, options, out }
    const record = await readRun(fork)
    // β and η continue from the checkpoint, which may differ from the run's first values.
    const { beta: _beta, learningRate: _learningRate, ...kept } = record.options
    return { ...plan, earlier: { folder: fork, record }, options: { ...kept, ...options, fork }, out }
  }
  if (folder === undefined) throw new CliError('--resume: which run? Name its folder: --resume runs/NAME')
  if (force) throw new CliError('--force replaces a run and --resume continues it: choose one')
  // `--out F --resume` means "continue or start"; `--resume F` needs something to continue.
  if (resume === true && !holdsRun(folder)) return { ...plan, options, out: folder }
  const record = await readRun(folder)
  return { ...plan, earlier: { folder, record }, options: { ...record.options, ...options }, out: folder }
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
