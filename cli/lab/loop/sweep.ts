/** Sweep in the lab: its trials as runs, and keys that add trials. */
import { basename } from 'node:path'
import type { Params, Sweep, SweepEvent } from '../../../index.js'
import { sentence } from '../../base/exit.js'
import type { LabExit } from '../../reporters/reporter.js'
import type { SweepReporter } from '../../reporters/sweep.js'
import { detachSweep } from '../../runs/detach.js'
import { type RunData, shownExamples } from '../../runs/run-data.js'
import type { Trainer } from '../state/host.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { factsOf } from './reporter.js'
import { LabTrainer } from './trainer.js'
import { Trials } from './trials.js'
import { typedOptions } from './typed-options.js'
import { type LabSession, untilLeft } from './with-lab.js'

/** Shows a sweep in the lab until the user leaves. */
export function labSweepReporter(session: LabSession, sweep: Sweep, data: RunData): SweepReporter {
  const { lab } = session
  lab.facts = factsOf(data)
  const trainer = new SweepTrainer(lab, sweep, data)
  for (const trial of sweep.trials) trainer.trials.show(trial)
  lab.trainer = trainer
  return {
    onEvent: (event) => trainer.onEvent(event),
    close: (now) => untilLeft(session, now),
  }
}

/** Starts trials of a sweep, and runs outside it. */
class SweepTrainer implements Trainer {
  readonly trials: Trials
  readonly #runTrainer: LabTrainer

  constructor(
    readonly lab: Lab,
    readonly sweep: Sweep,
    data: RunData,
  ) {
    this.trials = new Trials(lab, (run) => {
      run.probed = shownExamples(data)
    })
    this.#runTrainer = new LabTrainer(lab, async () => data)
  }

  onEvent(event: SweepEvent): void {
    if (event.type === 'trial') this.trials.show(event.trial)
    if (event.type === 'run') void this.#runTrainer.follow(this.trials.show(event.trial), event.run)
    if (event.type !== 'end') return
    if (event.error !== undefined) this.lab.writeLog(sentence(event.error), { tone: 'bad' })
    else if (event.status === 'completed' && event.best !== undefined)
      this.lab.writeLog(`all trials are done; the best is ${basename(event.best.folder)}`, { tone: 'good' })
  }

  fork: Trainer['fork'] = (of, beta) => this.#runTrainer.fork(of, beta)

  /** Adds a trial if the sweep varies all typed options, else starts a separate run. */
  async trainAgain(like: LabRun, flags: string): Promise<void> {
    const { seed, ...typed } = typedOptions(flags)
    const trial = this.sweep.trials.find(({ folder }) => folder === like.folder)
    const names = Object.keys(typed)
    if (trial === undefined || flags === '' || !names.every((name) => name in trial.params))
      return this.#runTrainer.trainAgain(like, flags)
    const added = this.sweep.add({ ...trial.params, ...(typed as Params) }, seed ?? trial.seed)
    this.lab.select(this.trials.show(added))
  }

  async leave(how: LabExit): Promise<void> {
    const unfinished = this.sweep.trials.some(({ state }) => state === 'waiting' || state === 'running')
    // The sweep's promise, which the command awaits, reports how it ended.
    await this.sweep.stop().catch(() => {})
    await this.#runTrainer.leave(how)
    if (how === 'detach' && unfinished) await detachSweep(this.sweep.out)
  }
}
