import { basename, join } from 'node:path'
import type { Command } from 'commander'
import {
  type Dataset,
  defaults,
  type EndEvent,
  type EpochEvent,
  type StartEvent,
  type TrainingRun,
  type TrainOptions,
  trainVae,
  type Vae,
} from '../../index.js'
import { addDataFlags, type Data, type DataFlags, openData } from '../data.js'
import { CliError, exitCode, exitCodeOf, sentence } from '../exit.js'
import { interruptible, onInterrupt } from '../interrupt.js'
import { addTrainFlags, readTrainFlags } from '../options.js'
import type { Output } from '../output.js'
import { outputOf } from '../program.js'
import { count } from '../render/format.js'
import { grid, pictures } from '../render/picture.js'
import { summary } from '../render/summary.js'
import { clearRun, holdsRun, newRunFolder, type RunRecord, readRun, runFiles } from '../run-folder.js'
import { jsonReporter, plainReporter, type Reporter, type Subject } from '../training/reporter.js'

interface TrainCommandFlags extends DataFlags {
  readonly out?: string
  readonly resume?: string | true
  readonly force?: boolean
  readonly jsonSteps?: boolean
}

/** `train`: data in, a run folder out. */
export function define(command: Command): void {
  addDataFlags(command)
  addTrainFlags(command, defaults())
  command
    .optionsGroup('Run:')
    .option('--out <folder>', 'of the run (default: runs/ and two words)')
    .option('--resume [folder]', 'continue the run in this folder (or in --out) from its checkpoint')
    .option('--force', 'replace the run that --out holds')
    .option('--json-steps', 'with --json, a line per step as well')
    .addHelpText(
      'after',
      `
Examples:
  vae-native train
  vae-native train --data mnist --latent-dim 20 --epochs 10
  vae-native train --data ./photos --size 64 --channels 3 --validation 0.1 --out runs/photos
  vae-native train --resume runs/photos --epochs 40`,
    )
    .action(async (flags: TrainCommandFlags) => {
      const output = outputOf(command)
      process.exitCode = await train(flags, output)
    })
}

/** What is to be trained, and where the run is kept. */
interface Plan {
  readonly options: TrainOptions
  readonly data: DataFlags
  /** Validation data of its own. */
  readonly validation: string | undefined
  readonly out: string
}

async function train(flags: TrainCommandFlags, output: Output): Promise<number> {
  const plan = await planned(flags)
  const { data, validation } = await interruptible((signal) => opened(plan, output, signal))
  if (flags.force === true) await clearRun(plan.out)
  const options: TrainOptions = {
    ...plan.options,
    ...(validation !== undefined && { validation }),
    out: plan.out,
    ...(flags.resume !== undefined && { resume: true }),
  }
  const run = trainVae(data.train, options)
  const subject: Subject = { name: basename(plan.out), run, data: data.train, probed: probed(data, options) }
  const reporter = await chosen(output, subject, flags)
  return follow(run, reporter, { data, out: plan.out, output })
}

/** Turns flags into a plan; a run that is resumed brings its own options and data, and flags override them. */
async function planned(flags: TrainCommandFlags): Promise<Plan> {
  const { options, validationPath } = readTrainFlags(flags as Readonly<Record<string, unknown>>)
  const folder = typeof flags.resume === 'string' ? flags.resume : flags.out
  if (flags.resume !== undefined) {
    if (folder === undefined) throw new CliError('--resume: which run? Name its folder: --resume runs/NAME')
    if (flags.force === true) throw new CliError('--force replaces a run and --resume continues it: choose one')
    // `--out F --resume` means "continue or start"; `--resume F` needs something to continue.
    const record = typeof flags.resume === 'string' || holdsRun(folder) ? await readRun(folder) : undefined
    if (record !== undefined) return resumed(record, flags, options, validationPath, folder)
  } else if (folder !== undefined && flags.force !== true && holdsRun(folder)) {
    throw new CliError(
      `${folder} holds a run already; continue it with --resume, replace it with --force, or choose another --out`,
    )
  }
  return { options, data: flags, validation: validationPath, out: folder ?? newRunFolder() }
}

function resumed(
  record: RunRecord,
  flags: TrainCommandFlags,
  options: TrainOptions,
  validationPath: string | undefined,
  out: string,
): Plan {
  return {
    options: { ...record.options, ...options },
    data: { ...record.preprocessing, ...flags, data: flags.data ?? record.data },
    validation: validationPath ?? record.validation,
    out,
  }
}

/** The data of a plan; the test part of a set is its validation data unless something else was asked for. */
async function opened(
  { data: flags, options, validation }: Plan,
  output: Output,
  signal: AbortSignal,
): Promise<{ data: Data; validation?: Dataset }> {
  const data = await openData(flags, output, signal)
  if (validation !== undefined) {
    const other = await openData({ ...flags, data: validation }, output, signal)
    return { data, validation: other.test ?? other.train }
  }
  return data.test === undefined || options.validation !== undefined ? { data } : { data, validation: data.test }
}

/** The examples that probes show: the first of the validation data; unknown when that is split off by the engine. */
function probed(data: Data, { validation }: TrainOptions): Dataset | undefined {
  if (typeof validation === 'number') return undefined
  return validation ?? data.train
}

async function chosen(output: Output, subject: Subject, flags: TrainCommandFlags): Promise<Reporter> {
  if (output.json) return jsonReporter(output, flags.jsonSteps === true)
  if (!output.live) return plainReporter(output, subject)
  const { liveReporter } = await import('../training/live.js')
  return liveReporter(output, subject)
}

/** Where a run is followed from. */
interface Followed {
  readonly data: Data
  readonly out: string
  readonly output: Output
}

/** Reports a run to its end and says how it went; a signal stops it after a checkpoint. */
async function follow(run: TrainingRun, reporter: Reporter, { data, out, output }: Followed): Promise<number> {
  let start: StartEvent | undefined
  let last: EpochEvent | undefined
  let end: EndEvent | undefined
  using interrupt = onInterrupt(() => {
    run.stop().catch(() => {})
  })
  try {
    for await (const event of run) {
      reporter.hear(event)
      if (event.type === 'start') start = event
      if (event.type === 'epoch') last = event
      if (event.type === 'end') end = event
    }
  } catch (error) {
    reporter.close()
    if (end === undefined) throw error
    return failed(error, { out, output })
  }
  reporter.close()
  const vae = await run
  if (interrupt.stopped !== undefined) {
    output.notice(`■ checkpoint at step ${count(end?.step ?? 0)}. Continue: vae-native train --resume ${out}`)
    return interrupt.stopped.exitCode
  }
  if (start !== undefined && end !== undefined) {
    await picture(vae, data, output)
    const { seconds, epochs, status, model } = end
    const closing = {
      name: data.name,
      examples: data.train.length,
      shape: data.train.shape,
      start,
      last,
      epochs,
      seconds,
      status,
      out,
      model,
    }
    output.result(...summary(closing, output.paint))
  }
  return exitCode.done
}

/** Says what went wrong with a run that had begun, and what is left of it. */
function failed(error: unknown, { out, output }: Pick<Followed, 'out' | 'output'>): number {
  output.notice(`${output.progressPaint.red('✖')} ${sentence(error)}`)
  const kept = join(out, runFiles.model)
  if (exitCodeOf(error) === exitCode.diverged) output.notice(`  the last good state is in ${kept}`)
  return exitCodeOf(error)
}

/** What the model draws, where the live view has not shown it already. */
async function picture(vae: Vae, data: Data, output: Output): Promise<void> {
  if (output.json || output.quiet || output.live) return
  const columns = Math.min(output.columns, 100)
  const across = Math.max(1, Math.floor((columns + 1) / 30))
  const samples = pictures(await vae.sample(across, { seed: 1 }))
  if (samples.length === 0) return
  output.result(
    `${data.name}, ${across} samples from the prior:`,
    ...grid(samples, columns, output.paint.depth, across),
  )
}
