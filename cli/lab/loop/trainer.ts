/** Trains the lab's runs in this process. */
import { basename } from 'node:path'
import { type Beta, type ProbeOptions, type TrainingRun, type TrainOptions, trainVae } from '../../../index.js'
import type { Reading } from '../../flags/data.js'
import type { Leaving } from '../../reporters/reporter.js'
import { detach } from '../../runs/detach.js'
import { newRunFolder, readRun, recordReading } from '../../runs/folder.js'
import { shownExamples } from '../../runs/plan.js'
import type { Trainer } from '../state/host.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import type { Source } from './sources.js'
import { typedOptions } from './typed-options.js'

/**
 * What the lab asks of so many runs at once: a look takes its time from training, on one thread a hundredth of a second, and
 * so there is one every two seconds, or one a second among many. In that time the plane of latents follows a hand on β; more
 * points than these make it no clearer.
 */
export function labProbe(atOnce = 1): ProbeOptions {
  return { examples: 1000, every: { epochs: 1, seconds: Math.max(2, atOnce) } }
}

export class LabTrainer implements Trainer {
  constructor(
    readonly lab: Lab,
    /** The data that a run is trained on. */
    readonly sourceOf: (run: LabRun) => Promise<Source>,
  ) {}

  /** Begins a run in a folder of its own and shows it. */
  begin(out: string, options: TrainOptions, { data, reading }: Source): LabRun {
    const { train, validation } = data
    const run = trainVae(train, { probe: labProbe(), ...options, ...(validation && { validation }), out })
    const labRun = this.lab.add({ name: basename(out), folder: out, probed: shownExamples(data) })
    void this.follow(labRun, run, reading)
    return labRun
  }

  /** Shows what a run tells until it ends; how it ended is the last that it tells. */
  async follow(labRun: LabRun, run: TrainingRun, reading?: Reading): Promise<void> {
    labRun.run = run
    try {
      for await (const event of run) {
        this.lab.hear(labRun, event)
        if (event.type === 'start' && reading !== undefined) await recordReading(labRun.folder, reading)
      }
    } catch {
      // The lab has heard of it.
    }
  }

  async fork(of: LabRun, beta: Beta): Promise<void> {
    if (of.live) await of.run?.checkpoint()
    this.lab.select(this.begin(newRunFolder(), { beta, fork: of.folder }, await this.sourceOf(of)))
  }

  async again(like: LabRun, flags: string): Promise<void> {
    const { options } = await readRun(like.folder)
    const source = await this.sourceOf(like)
    this.lab.select(this.begin(newRunFolder(), { ...options, ...typedOptions(flags) }, source))
  }

  async leave(how: Leaving): Promise<void> {
    const live = this.lab.runs.filter((run) => run.live)
    // A run that fails on its way out has told so; the others end all the same.
    await Promise.allSettled(live.map(({ run }) => run?.stop()))
    if (how === 'detach') for (const { folder } of live) await detach(folder)
  }
}
