/** Trains the lab's runs in this process. */
import { basename } from 'node:path'
import { type Beta, type ProbeOptions, type TrainingRun, type TrainOptions, trainVae } from '../../../index.js'
import type { LabExit } from '../../reporters/reporter.js'
import { detach } from '../../runs/detach.js'
import { newRunFolder, readRun } from '../../runs/folder.js'
import { type RunData, shownExamples } from '../../runs/run-data.js'
import type { Trainer } from '../state/host.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { typedOptions } from './typed-options.js'

/**
 * Probe options for `atOnce` simultaneous runs. A probe costs a hundredth of a second of training on one thread, so
 * there is one every two seconds, or one a second over many runs. That is enough for the latent plane to follow changes
 * of β; more points than these make it no clearer.
 */
export function labProbe(atOnce = 1): ProbeOptions {
  return { examples: 1000, every: { epochs: 1, seconds: Math.max(2, atOnce) } }
}

export class LabTrainer implements Trainer {
  constructor(
    readonly lab: Lab,
    /** Returns the data that a run is trained on. */
    readonly sourceOf: (run: LabRun) => Promise<RunData>,
  ) {}

  /** Starts a run in its own folder and shows it. */
  start(out: string, options: TrainOptions, data: RunData): LabRun {
    const { train, validation } = data
    const run = trainVae(train, { probe: labProbe(), ...options, ...(validation && { validation }), out })
    const labRun = this.lab.add({ name: basename(out), folder: out, probed: shownExamples(data) })
    void this.follow(labRun, run)
    return labRun
  }

  /** Forwards the events of a run to the lab, up to its `end`. */
  async follow(labRun: LabRun, run: TrainingRun): Promise<void> {
    labRun.run = run
    try {
      for await (const event of run) this.lab.onEvent(labRun, event)
    } catch {
      // The `end` event has reported it.
    }
  }

  async fork(of: LabRun, beta: Beta): Promise<void> {
    if (of.live) await of.run?.checkpoint()
    this.lab.select(this.start(newRunFolder(), { beta, fork: of.folder }, await this.sourceOf(of)))
  }

  async trainAgain(like: LabRun, flags: string): Promise<void> {
    const { options } = await readRun(like.folder)
    const data = await this.sourceOf(like)
    this.lab.select(this.start(newRunFolder(), { ...options, ...typedOptions(flags) }, data))
  }

  async leave(how: LabExit): Promise<void> {
    const live = this.lab.runs.filter((run) => run.live)
    // A run that fails while stopping has reported it; the others still end.
    await Promise.allSettled(live.map(({ run }) => run?.stop()))
    if (how === 'detach') for (const { folder } of live) await detach(folder)
  }
}
