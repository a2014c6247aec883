import { availableParallelism } from 'node:os'
import { type Command, Option } from 'commander'
import { defaults, type Sweep, type SweepEvent, sweep } from '../../index.js'
import { exitCode } from '../base/exit.js'
import { onInterrupt } from '../base/interrupt.js'
import { type Output, outputOf } from '../base/output.js'
import { plural } from '../charts/format.js'
import { addDataFlags } from '../flags/data.js'
import { addTrainFlags, number } from '../flags/train.js'
import { addVary } from '../flags/vary.js'
import type { Source } from '../lab/loop/sources.js'
import { onData } from '../lab/loop/with-data.js'
import type { Place } from '../lab/loop/with-lab.js'
import type { Leaving } from '../reporters/reporter.js'
import { jsonReporter, plainReporter, type SweepReporter } from '../reporters/sweep.js'
import { ResultFiles } from '../reporters/sweep-results.js'
import { closing } from '../reporters/sweep-table.js'
import { recordReading } from '../runs/folder.js'
import type { TrainingData } from '../runs/plan.js'
import { plannedSweep, type SweepFlags, type SweepPlan } from '../runs/sweep-plan.js'

/** `sweep`: many runs on the same data, and which of them is best. */
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

/** The flags of a search, of data and of training. */
export function addSweepFlags(command: Command): void {
  command
    .optionsGroup('Search:')
    .addOption(
      new Option(
        '--vary <name=values>',
        'an option of training as a list, beta=0,1,5, or a range, learning-rate=1e-4..1e-2:log, latent-dim=2..32:step=2; once for each option',
      ).argParser(addVary),
    )
    .option('--seeds <n>', 'train each point with so many seeds (default: 1)', number)
    .addOption(
      new Option('--sampler <name>', 'how points are chosen (default: grid; with a range quasi-random)').choices([
        'grid',
        'random',
        'quasi-random',
        'tpe',
      ]),
    )
    .option('--trials <n>', 'points times seeds; needed unless the sampler is a grid', number)
    .addOption(
      new Option('--objective <loss>', 'by which trials are compared (default: elbo)').choices([
        'elbo',
        'loss',
        'reconstruction',
        'kl',
      ]),
    )
    .addOption(new Option('--pruner <rule>', 'end trials that are worse than most (default: none)').choices(['median']))
    .option('--pruner-warmup-epochs <n>', 'train so many epochs of each whatever comes of them (default: 1)', number)
    .option('--pruner-min-trials <n>', 'complete trials to compare with (default: 5)', number)
    .option('--jobs <n>', 'trials at once (default: as many as there are threads; on a GPU 8)', number)
    .option('--out <folder>', 'of the sweep (default: sweeps/ and two words)')
    .option('--resume [folder]', 'continue the sweep in this folder (or in --out)')
  addDataFlags(command)
  addTrainFlags(command, defaults)
}

/** Trains all trials and says which are best. */
export async function runSweep(flags: SweepFlags, output: Output): Promise<number> {
  const plan = await plannedSweep(flags)
  return await onData(plan, output, (data, place) => begin(plan, flags, data, output, place))
}

/** Trains on data that are open, in the lab if there is one. */
async function begin(
  plan: SweepPlan,
  flags: SweepFlags,
  data: TrainingData,
  output: Output,
  place?: Place,
): Promise<number> {
  const jobs = plan.search.jobs ?? availableParallelism()
  const trials = sweep(data.train, {
    ...(place && { probe: (await import('../lab/loop/trainer.js')).labProbe(jobs) }),
    ...plan.options,
    ...plan.search,
    ...(data.validation && { validation: data.validation }),
    out: plan.out,
    ...(flags.resume !== undefined && { resume: true }),
  })
  const reporter = await chosen(output, trials, { data, reading: plan.data }, place)
  return await follow(trials, reporter, plan, output)
}

async function chosen(output: Output, sweep: Sweep, source: Source, place?: Place): Promise<SweepReporter> {
  if (output.json) return jsonReporter(output)
  if (place === undefined) return plainReporter(output, sweep)
  const { labSweepReporter } = await import('../lab/loop/sweep.js')
  return labSweepReporter(place, sweep, source)
}

/** Reports a sweep to its end and says how it went; a signal stops it after a checkpoint of each trial. */
async function follow(sweep: Sweep, reporter: SweepReporter, plan: SweepPlan, output: Output): Promise<number> {
  const files = new ResultFiles(sweep)
  using interrupt = onInterrupt(() => {
    // How the sweep ends is told by its events.
    sweep.stop().catch(() => {})
  })
  let left: Leaving = 'end'
  try {
    for await (const event of sweep) {
      reporter.hear(event)
      await kept(event, files, plan)
    }
  } finally {
    left = await reporter.close(interrupt.stopped !== undefined)
  }
  const { status, trials, best } = await sweep
  const { cyan, yellow } = output.progressPaint
  if (status === 'completed') {
    output.result(...closing(sweep, output.paint))
    return best === undefined ? exitCode.failed : exitCode.done
  }
  if (left === 'detach') {
    output.notice(`${cyan('●')} the sweep goes on without the lab. Look at it: vae-native watch ${sweep.out}`)
    return exitCode.done
  }
  const done = trials.filter(({ state }) => state !== 'waiting').length
  const next = `Continue: vae-native sweep --resume ${sweep.out}`
  output.notice(`${yellow('■')} ${done} of ${plural(trials.length, 'trial')} done. ${next}`)
  return interrupt.stopped?.exitCode ?? exitCode.done
}

/** Keeps what an event brings: results, and in the record of a run how its files were read. */
async function kept(event: SweepEvent, files: ResultFiles, { data }: SweepPlan): Promise<void> {
  if (event.type === 'start' || (event.type === 'trial' && event.trial.state !== 'running')) await files.write()
  if (event.type === 'run') {
    const { run, trial } = event
    run.started.then(
      () => recordReading(trial.folder, data),
      () => {}, // a run that does not start has no record
    )
  }
}
