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
import { addDataFlags, type Reading } from '../flags/data.js'
import { addTrainFlags } from '../flags/train.js'
import type { LabSubject } from '../lab/loop/reporter.js'
import { onData } from '../lab/loop/with-data.js'
import type { Place } from '../lab/loop/with-lab.js'
import { jsonReporter, plainReporter, type Reporter } from '../reporters/reporter.js'
import { samplesTitle, summary } from '../reporters/summary.js'
import { type Earlier, recordReading, runFiles, setAside } from '../runs/folder.js'
import { type Plan, planned, type RunFlags, shownExamples, type TrainingData } from '../runs/plan.js'

interface TrainFlags extends RunFlags {
  readonly jsonSteps?: boolean
}

/** `train`: data in, a run folder out. */
export function define(command: Command): void {
  addDataFlags(command)
  addTrainFlags(command, defaults)
  command
    .optionsGroup('Run:')
    .option('--out <folder>', 'of the run (default: runs/ and two words)')
    .option('--resume [folder]', 'continue the run in this folder (or in --out) from its checkpoint')
    .option('--fork <folder>', 'begin where the run in this folder stands, for example with another --beta')
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
  const plan = await planned(flags)
  return await onData(plan, output, (data, place) => begin(plan, flags, data, output, place))
}

/** Trains on data that are open, in the lab if there is one. */
async function begin(
  plan: Plan,
  flags: TrainFlags,
  data: TrainingData,
  output: Output,
  place?: Place,
): Promise<number> {
  // What `--force` replaces is let go when the new run has begun, and not when its options turn out to be wrong.
  const earlier = flags.force === true ? await setAside(plan.out) : undefined
  try {
    const run = trainVae(data.train, {
      ...(place && { probe: (await import('../lab/loop/trainer.js')).labProbe() }),
      ...plan.options,
      ...(data.validation && { validation: data.validation }),
      out: plan.out,
      ...(flags.resume !== undefined && { resume: true }),
    })
    const subject = { name: basename(plan.out), run, data, reading: plan.data, out: plan.out }
    const reporter = await chosen(output, subject, flags, place)
    return await follow(run, reporter, { data, reading: plan.data, out: plan.out, earlier, output })
  } finally {
    await earlier?.bringBack()
  }
}

async function chosen(output: Output, subject: LabSubject, flags: TrainFlags, place?: Place): Promise<Reporter> {
  if (output.json) return jsonReporter(output, flags.jsonSteps === true)
  if (place === undefined) return plainReporter(output, subject.run.progress.epochs)
  const { labReporter } = await import('../lab/loop/reporter.js')
  return labReporter(place, subject)
}

/** Where a run is followed from. */
interface Followed {
  readonly data: TrainingData
  /** How its files were read. */
  readonly reading: Reading
  readonly out: string
  /** The run whose place it takes. */
  readonly earlier: Earlier | undefined
  readonly output: Output
}

/** Reports a run to its end and says how it went; a signal stops it after a checkpoint. */
async function follow(run: TrainingRun, reporter: Reporter, followed: Followed): Promise<number> {
  const { out, output } = followed
  const told: { start?: StartEvent; last?: EpochEvent; end?: EndEvent } = {}
  using interrupt = onInterrupt(() => {
    // How the run ends is told by its events.
    run.stop().catch(() => {})
  })
  try {
    for await (const event of run) {
      reporter.hear(event)
      if (event.type === 'start') {
        told.start = event
        await recordReading(out, followed.reading)
        await followed.earlier?.remove()
      }
      if (event.type === 'epoch') told.last = event
      if (event.type === 'end') told.end = event
    }
  } catch (error) {
    await reporter.close(interrupt.stopped !== undefined)
    if (told.end === undefined) throw error
    return failed(error, told.end, followed)
  }
  const left = await reporter.close(interrupt.stopped !== undefined)
  const { start, last, end } = told
  if (left === 'detach' && end?.status === 'stopped') {
    output.notice(
      `${output.progressPaint.cyan('●')} training goes on without the lab. Look at it: vae-native watch ${out}`,
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
    await picture(await run, followed)
    const edge = output.terminal ? { columns: output.columns } : {}
    output.result(...summary({ ...followed.data, ...edge, start, last, end, out }, output.paint))
  }
  return exitCode.done
}

/** Says what went wrong with a run that had begun, and what is left of it. */
function failed(error: unknown, end: EndEvent, { out, output }: Followed): number {
  output.notice(`${output.progressPaint.red('✖')} ${sentence(error)}`)
  const checkpoint = join(out, runFiles.checkpoint)
  const kept = end.model ?? (existsSync(checkpoint) ? checkpoint : undefined)
  if (kept !== undefined) output.notice(`  the last good state is in ${kept}`)
  return exitCodeOf(error)
}

/** What the model makes of a few examples and what it draws itself, where no live view has shown it already. */
async function picture(vae: Vae, { data, output }: Followed): Promise<void> {
  const { columns, json, live, paint, quiet } = output
  const examples = shownExamples(data)
  if (json || quiet || live || examples.shape.length < 2) return
  const x = pictures(examples.slice(0, mostPictures).toTensor())
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

/** More than fit beside each other. */
const mostPictures = 8
