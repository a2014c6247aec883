import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import {
  defaults,
  type EndEvent,
  type EpochEvent,
  type Picture,
  type StartEvent,
  type TrainingRun,
  trainVae,
  type Vae,
} from '../../index.js'
import { exitCode, exitCodeOf, sentence } from '../base/exit.js'
import { onInterrupt } from '../base/interrupt.js'
import { type Output, outputOf } from '../base/output.js'
import { count } from '../charts/format.js'
import { pictures, strip } from '../charts/text/picture.js'
import { addDataFlags } from '../flags/data.js'
import { addTrainFlags } from '../flags/train.js'
import { addValidationFlags } from '../flags/validation.js'
import type { LabRunInput } from '../lab/loop/reporter.js'
import { withData } from '../lab/loop/with-data.js'
import type { LabSession } from '../lab/loop/with-lab.js'
import { jsonReporter, plainReporter, type Reporter } from '../reporters/reporter.js'
import { samplesTitle, summary } from '../reporters/summary.js'
import { type EarlierRun, runFiles, setAside } from '../runs/folder.js'
import { planTraining, type RunFlags, type TrainingPlan } from '../runs/plan.js'
import { type RunData, shownExamples } from '../runs/run-data.js'

interface TrainFlags extends RunFlags {
  readonly jsonSteps?: boolean
}

/** `train`: data in, a run folder out. */
export function define(command: Command): void {
  addDataFlags(command)
  addValidationFlags(command)
  addTrainFlags(command, defaults)
  command
    .optionsGroup('Run:')
    .option('--out <folder>', 'of the run (default: runs/ and two words)')
    .option('--resume [folder]', 'continue the run in this folder (or in --out) from its checkpoint')
    .option('--fork <folder>', "begin at the checkpoint of this folder's run, for example with another --beta")
    .option('--force', 'replace the run that --out holds')
    .option('--json-steps', 'with --json, a line per step as well')
    .addHelpText(
      'after',
      `
Examples:
  vae-native train
  vae-native train --data mnist --latent-dim 20 --epochs 10
  vae-native train --data ./photos --size 64 --channels 3 --validation 0.1 --out runs/photos
  vae-native train --resume runs/photos
  vae-native train --fork runs/photos --beta 3 --out runs/photos-3`,
    )
    .action(async (flags: TrainFlags) => {
      process.exitCode = await train(flags, outputOf(command))
    })
}

async function train(flags: TrainFlags, output: Output): Promise<number> {
  const plan = await planTraining(flags)
  return await withData(plan, output, (data, session) => startTraining(plan, flags, data, output, session))
}

/** Trains on open data, in the lab if there is one. */
async function startTraining(
  plan: TrainingPlan,
  flags: TrainFlags,
  data: RunData,
  output: Output,
  session?: LabSession,
): Promise<number> {
  // `--force` deletes the earlier run only once the new one has begun; invalid options leave it in place.
  const earlier = flags.force === true ? await setAside(plan.out) : undefined
  try {
    const run = trainVae(data.train, {
      ...(session && { probe: (await import('../lab/loop/trainer.js')).labProbe() }),
      ...plan.options,
      ...(data.validation && { validation: data.validation }),
      out: plan.out,
      ...(flags.resume !== undefined && { resume: true }),
    })
    const input = { name: basename(plan.out), run, data, out: plan.out }
    const reporter = await createReporter(output, input, flags, session)
    return await follow(run, reporter, { data, out: plan.out, earlier, output })
  } finally {
    await earlier?.restore()
  }
}

async function createReporter(
  output: Output,
  input: LabRunInput,
  flags: TrainFlags,
  session?: LabSession,
): Promise<Reporter> {
  if (output.json) return jsonReporter(output, flags.jsonSteps === true)
  if (session === undefined) return plainReporter(output, input.run.progress.epochs)
  const { labReporter } = await import('../lab/loop/reporter.js')
  return labReporter(session, input)
}

/** Context of a run that is being followed. */
interface FollowContext {
  readonly data: RunData
  readonly out: string
  /** The run that it replaces. */
  readonly earlier: EarlierRun | undefined
  readonly output: Output
}

/** Reports a run to its end and prints the outcome; a signal stops it after a checkpoint. */
async function follow(run: TrainingRun, reporter: Reporter, context: FollowContext): Promise<number> {
  const { out, output } = context
  const events: { start?: StartEvent; last?: EpochEvent; end?: EndEvent } = {}
  using interrupt = onInterrupt(() => {
    // The events report how the run ends.
    run.stop().catch(() => {})
  })
  try {
    for await (const event of run) {
      reporter.onEvent(event)
      if (event.type === 'start') {
        events.start = event
        await context.earlier?.remove()
      }
      if (event.type === 'epoch') events.last = event
      if (event.type === 'end') events.end = event
    }
  } catch (error) {
    await reporter.close(interrupt.stopped !== undefined)
    if (events.end === undefined) throw error
    return reportFailure(error, events.end, context)
  }
  const exit = await reporter.close(interrupt.stopped !== undefined)
  const { start, last, end } = events
  if (exit === 'detach' && end?.status === 'stopped') {
    output.notice(
      `${output.progressPaint.cyan('●')} training continues without the lab. Watch it: vae-native watch ${out}`,
    )
    return exitCode.done
  }
  if (interrupt.stopped !== undefined) {
    const { yellow } = output.progressPaint
    output.notice(
      `${yellow('■')} checkpoint at step ${count(end?.step ?? 0)}. Continue: vae-native train --resume ${out}`,
    )
    return interrupt.stopped.exitCode
  }
  if (start !== undefined && end !== undefined) {
    await printPictures(await run, context)
    const edge = output.terminal ? { columns: output.columns } : {}
    output.result(...summary({ ...context.data, ...edge, start, last, end, out }, output.paint))
  }
  return exitCode.done
}

/** Reports the failure of a run that had begun, and the state it left. */
function reportFailure(error: unknown, end: EndEvent, { out, output }: FollowContext): number {
  output.notice(`${output.progressPaint.red('✖')} ${sentence(error)}`)
  const checkpoint = join(out, runFiles.checkpoint)
  const modelPath = end.model ?? (existsSync(checkpoint) ? checkpoint : undefined)
  if (modelPath !== undefined) output.notice(`  the last good state is in ${modelPath}`)
  return exitCodeOf(error)
}

/** Prints a few reconstructions and samples, unless a live view has shown them. */
async function printPictures(vae: Vae, { data, output }: FollowContext): Promise<void> {
  const { columns, json, live, paint, quiet } = output
  const examples = shownExamples(data)
  if (json || quiet || live || examples.shape.length < 2) return
  const x = pictures(examples.slice(0, maxPictures).toTensor())
  const [decoded, samples] = await Promise.all([vae.reconstruct(examples.slice(0, x.length)), vae.sample(x.length)])
  const row = (all: Picture[]) =>
    strip(
      all.map((one) => [one]),
      Math.min(columns, 100),
      14,
      paint,
    )
  output.result(`${data.name}: x above x̂`, ...row(x), ...row(pictures(decoded)))
  output.result(samplesTitle(vae.posterior), ...row(pictures(samples)))
}

/** Maximum pictures per row. */
const maxPictures = 8
