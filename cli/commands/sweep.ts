import { availableParallelism } from 'node:os'
import { type Command, Option } from 'commander'
import { defaults, type Sweep, sweep } from '../../index.js'
import { exitCode } from '../base/exit.js'
import { onInterrupt } from '../base/interrupt.js'
import { type Output, outputOf } from '../base/output.js'
import { plural } from '../charts/format.js'
import { addDataFlags } from '../flags/data.js'
import { addTrainFlags, parseNumber } from '../flags/train.js'
import { addValidationFlags } from '../flags/validation.js'
import { addVary } from '../flags/vary.js'
import { withData } from '../lab/loop/with-data.js'
import type { LabSession } from '../lab/loop/with-lab.js'
import type { LabExit } from '../reporters/reporter.js'
import { jsonReporter, plainReporter, type SweepReporter } from '../reporters/sweep.js'
import { ResultFiles } from '../reporters/sweep-results.js'
import { closingLines } from '../reporters/sweep-table.js'
import { noteLines } from '../runs/open-data.js'
import type { RunData } from '../runs/run-data.js'
import { planSweep, type SweepFlags, type SweepPlan } from '../runs/sweep-plan.js'

/** `sweep`: trains many runs on the same data and ranks them. */
export function define(command: Command): void {
  addSweepFlags(command)
  command
    .addHelpText(
      'after',
      `
Examples:
  vae-native sweep --vary beta=0,1,5,50 --vary latent-dim=2,10 --seeds 3
  vae-native sweep --data mnist --vary learning-rate=1e-4..1e-2:log --vary hidden-dims=400,512x256 --sampler tpe --trials 40
  vae-native sweep --resume sweeps/warm-fox`,
    )
    .action(async (flags: SweepFlags) => {
      process.exitCode = await runSweep(flags, outputOf(command))
    })
}

/** Adds the flags of a search, of data and of training. */
export function addSweepFlags(command: Command): void {
  command
    .optionsGroup('Search:')
    .addOption(
      new Option(
        '--vary <name=values>',
        'an option of training as a list, beta=0,1,5, or a range, learning-rate=1e-4..1e-2:log, latent-dim=2..32:step=2; once for each option',
      ).argParser(addVary),
    )
    .option('--seeds <n>', 'seeds per point (default: 1)', parseNumber)
    .addOption(
      new Option('--sampler <name>', 'how points are chosen (default: grid; with a range quasi-random)').choices([
        'grid',
        'random',
        'quasi-random',
        'tpe',
      ]),
    )
    .option('--trials <n>', 'points times seeds; needed unless the sampler is a grid', parseNumber)
    .addOption(
      new Option('--objective <loss>', 'by which trials are compared (default: elbo)').choices([
        'elbo',
        'loss',
        'reconstruction',
        'kl',
      ]),
    )
    .addOption(new Option('--pruner <rule>', 'end trials that are worse than most (default: none)').choices(['median']))
    .option('--pruner-warmup-epochs <n>', 'epochs of a trial before it can be ended (default: 1)', parseNumber)
    .option('--pruner-min-trials <n>', 'complete trials to compare with (default: 5)', parseNumber)
    .option('--jobs <n>', 'trials at once (default: one per thread; on a GPU 8)', parseNumber)
    .option('--out <folder>', 'of the sweep (default: sweeps/ and two words)')
    .option('--resume [folder]', 'continue the sweep in this folder (or in --out)')
  addDataFlags(command)
  addValidationFlags(command)
  addTrainFlags(command, defaults)
}

/** Trains all trials and prints the best. */
export async function runSweep(flags: SweepFlags, output: Output): Promise<number> {
  const plan = await planSweep(flags)
  return await withData(plan, output, (data, session) => startSweep(plan, flags, data, output, session))
}

/** Trains on open data, in the lab if there is one. */
async function startSweep(
  plan: SweepPlan,
  flags: SweepFlags,
  data: RunData,
  output: Output,
  session?: LabSession,
): Promise<number> {
  const jobs = plan.search.jobs ?? availableParallelism()
  const trials = sweep(data.train, {
    ...(session && { probe: (await import('../lab/loop/trainer.js')).labProbe(jobs) }),
    ...plan.options,
    ...plan.search,
    ...(data.validation && { validation: data.validation }),
    out: plan.out,
    ...(flags.resume !== undefined && { resume: true }),
  })
  const reporter = await createReporter(output, trials, data, session)
  return await follow(trials, reporter, output)
}

async function createReporter(
  output: Output,
  sweep: Sweep,
  data: RunData,
  session?: LabSession,
): Promise<SweepReporter> {
  if (output.json) return jsonReporter(output)
  if (session === undefined) {
    output.progress(...noteLines(data.train.notes))
    return plainReporter(output, sweep)
  }
  const { labSweepReporter } = await import('../lab/loop/sweep.js')
  return labSweepReporter(session, sweep, data)
}

/** Reports a sweep to its end and prints the outcome; a signal stops it after a checkpoint of each trial. */
async function follow(sweep: Sweep, reporter: SweepReporter, output: Output): Promise<number> {
  const files = new ResultFiles(sweep)
  using interrupt = onInterrupt(() => {
    // The events report how the sweep ends.
    sweep.stop().catch(() => {})
  })
  let exit: LabExit = 'end'
  try {
    for await (const event of sweep) {
      reporter.onEvent(event)
      if (event.type === 'start' || (event.type === 'trial' && event.trial.state !== 'running')) await files.write()
    }
  } finally {
    exit = await reporter.close(interrupt.stopped !== undefined)
  }
  const { status, trials, best } = await sweep
  const { cyan, yellow } = output.progressPaint
  if (status === 'completed') {
    output.result(...closingLines(sweep, output.paint))
    return best === undefined ? exitCode.failed : exitCode.done
  }
  if (exit === 'detach') {
    output.notice(`${cyan('●')} the sweep continues without the lab. Watch it: vae-native watch ${sweep.out}`)
    return exitCode.done
  }
  const done = trials.filter(({ state }) => state !== 'waiting').length
  const next = `Continue: vae-native sweep --resume ${sweep.out}`
  output.notice(`${yellow('■')} ${done} of ${plural(trials.length, 'trial')} done. ${next}`)
  return interrupt.stopped?.exitCode ?? exitCode.done
}
