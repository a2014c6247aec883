/** A run in the lab: its events so far, and its handle where this process trains it. */
import type { Dataset, Picture, TrainingEvent, TrainingRun } from '../../../index.js'
import { pictures } from '../../charts/text/picture.js'
import type { Silence } from '../../runs/record/follow.js'
import { History } from './history.js'

/** Where a run stands, in the words of the overview. */
export type Standing =
  | 'queued'
  | 'starting'
  | 'training'
  | 'paused'
  | 'collapsed'
  | 'silent'
  | 'done'
  | 'stopped'
  | 'diverged'
  | 'failed'
  | 'pruned'

/** What is known of a run before its first event. */
export interface RunSeed {
  readonly name: string
  /** The run's folder. */
  readonly folder: string
  /** The examples that its probes show. */
  readonly probed?: Dataset
}

/** In seconds: a trainer that has said nothing for so long hangs, or was put to sleep. */
const longSilence = 20

/** More than fit on any screen are not turned into pictures. */
const mostOriginals = 16

export class LabRun {
  readonly name: string
  readonly folder: string
  /** What tells a trial from the others of its sweep: `beta 5  latent-dim 10`. */
  differs = ''
  probed: Dataset | undefined
  history = new History()
  /** The handle, while this process trains it. */
  run: TrainingRun | undefined
  /** Since when the folder of a run that is watched has had nothing new, and who is to write there. */
  silence: Silence | undefined
  /** What the study says of it, beyond its events. */
  told: Standing | undefined
  /** One sentence on why it failed. */
  error: string | undefined
  #originals: Picture[] | undefined
  /** Grows with every event, so that what is drawn from them can be kept until they change. */
  version = 0

  constructor({ name, folder, probed }: RunSeed) {
    this.name = name
    this.folder = folder
    this.probed = probed
  }

  hear(event: TrainingEvent): void {
    this.history.hear(event)
    if (event.type === 'end' && event.error !== undefined) this.error = event.error.message
    this.version += 1
  }

  /** Forgets its events: another process went back to a checkpoint and writes them again. */
  restart(): void {
    this.history = new History()
    this.version += 1
  }

  /** The first examples that its probes show, as pictures; none where the data are not here, or are vectors. */
  get originals(): readonly Picture[] {
    if (this.probed === undefined) return []
    this.#originals ??= pictures(this.probed.slice(0, Math.min(mostOriginals, this.probed.length)).toTensor())
    return this.#originals
  }

  /** The names of the classes, where the data have any. */
  get labelNames(): readonly string[] | undefined {
    return this.probed?.labelNames
  }

  get standing(): Standing {
    const { start, end, paused, collapsed } = this.history
    if (this.told === 'pruned' || this.told === 'failed') return this.told
    if (end !== undefined) return endings[end.status]
    if (start === undefined) return this.run === undefined ? (this.told ?? 'starting') : 'starting'
    if (this.run === undefined && this.silence !== undefined && this.silence.trainer === undefined) return 'stopped'
    if (paused) return 'paused'
    if ((this.silence?.seconds ?? 0) > longSilence) return 'silent'
    return collapsed ? 'collapsed' : 'training'
  }

  /** Optimiser steps in an epoch; NaN as long as nobody can know. */
  get stepsPerEpoch(): number {
    const { epochs } = this.history
    const last = epochs.at(-1)
    if (last !== undefined) return last.step / last.epoch
    const { steps, epochs: all } = this.run?.progress ?? { steps: 0, epochs: 0 }
    return steps > 0 ? steps / all : Number.NaN
  }

  /** An estimate; NaN while there is none. */
  get secondsLeft(): number {
    if (this.run !== undefined) return this.run.progress.secondsLeft
    const { epochs, start } = this.history
    const last = epochs.at(-1)
    if (last === undefined) return Number.NaN
    return (last.seconds / last.epoch) * ((start?.options.epochs ?? Number.NaN) - last.epoch)
  }

  /** How much of it is done, 0 to 1. */
  get done(): number {
    const { step, start } = this.history
    const steps = (start?.options.epochs ?? Number.NaN) * this.stepsPerEpoch
    return steps > 0 ? Math.min(1, step / steps) : 0
  }

  /** Whether this process trains it, so that it has something to lose when the lab is left. */
  get live(): boolean {
    const state = this.run?.state
    return state === 'starting' || state === 'running' || state === 'paused'
  }
}

const endings = {
  completed: 'done',
  stopped: 'stopped',
  aborted: 'stopped',
  diverged: 'diverged',
  failed: 'failed',
} as const
