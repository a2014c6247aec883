/** A sweep in the lab: its trials as runs, and the keys that add to it. */
import { basename } from 'node:path'
import type { Params, Sweep, SweepEvent } from '../../../index.js'
import { sentence } from '../../base/exit.js'
import type { Leaving } from '../../reporters/reporter.js'
import type { SweepReporter } from '../../reporters/sweep.js'
import { detachSweep } from '../../runs/detach.js'
import { shownExamples } from '../../runs/plan.js'
import type { Trainer } from '../state/host.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { factsOf } from './reporter.js'
import type { Source } from './sources.js'
import { LabTrainer } from './trainer.js'
import { Trials } from './trials.js'
import { typedOptions } from './typed-options.js'
import { type Place, untilLeft } from './with-lab.js'

/** Shows a sweep in the lab until that is left. */
export function labSweepReporter(place: Place, sweep: Sweep, source: Source): SweepReporter {
  const { lab } = place
  lab.facts = factsOf(source.data)
  const trainer = new SweepTrainer(lab, sweep, source)
  for (const trial of sweep.trials) trainer.trials.show(trial)
  lab.trainer = trainer
  return {
    hear: (event) => trainer.hear(event),
    close: (now) => untilLeft(place, now),
  }
}

/** Begins trials of a sweep, and runs that are no part of it. */
class SweepTrainer implements Trainer {
  readonly trials: Trials
  readonly #alone: LabTrainer

  constructor(
    readonly lab: Lab,
    readonly sweep: Sweep,
    source: Source,
  ) {
    this.trials = new Trials(lab, (run) => {
      run.probed = shownExamples(source.data)
    })
    this.#alone = new LabTrainer(lab, async () => source)
  }

  hear(event: SweepEvent): void {
    if (event.type === 'trial') this.trials.show(event.trial)
    if (event.type === 'run') void this.#alone.follow(this.trials.show(event.trial), event.run)
    if (event.type !== 'end') return
    if (event.error !== undefined) this.lab.say(sentence(event.error), { tone: 'bad' })
    else if (event.status === 'completed' && event.best !== undefined)
      this.lab.say(`all trials are done; the best is ${basename(event.best.folder)}`, { tone: 'good' })
  }

  fork: Trainer['fork'] = (of, beta) => this.#alone.fork(of, beta)

  /** Another trial if what is typed is varied in this sweep, and else a run beside it. */
  async again(like: LabRun, flags: string): Promise<void> {
    const { seed, ...typed } = typedOptions(flags)
    const trial = this.sweep.trials.find(({ folder }) => folder === like.folder)
    const names = Object.keys(typed)
    if (trial === undefined || flags === '' || !names.every((name) => name in trial.params))
      return this.#alone.again(like, flags)
    const added = this.sweep.add({ ...trial.params, ...(typed as Params) }, seed ?? trial.seed)
    this.lab.select(this.trials.show(added))
  }

  async leave(how: Leaving): Promise<void> {
    const unfinished = this.sweep.trials.some(({ state }) => state === 'waiting' || state === 'running')
    // How the sweep ends is told by its promise, which the command waits for.
    await this.sweep.stop().catch(() => {})
    await this.#alone.leave(how)
    if (how === 'detach' && unfinished) await detachSweep(this.sweep.out)
  }
}
