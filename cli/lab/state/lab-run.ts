/** Run in the lab: its events so far, and its handle if this process trains it. */
import type { Dataset, Tensor, TrainingEvent, TrainingRun } from '../../../index.js'
import type { Silence } from '../../runs/record/follow.js'
import { History } from './history.js'

/** Status of a run, as displayed in the overview. */
export type RunStatus =
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

/** Data of a run known before its first event. */
export interface RunSeed {
  readonly name: string
  /** The run's folder. */
  readonly folder: string
  /** Examples shown by its probes. */
  readonly probed?: Dataset
}

/** Seconds without an event after which the trainer counts as hung or suspended. */
const maxSilence = 20

/** Maximum number of examples shown as pictures: no screen fits more. */
const maxOriginals = 16

export class LabRun {
  readonly name: string
  readonly folder: string
  /** Parameters that distinguish a trial within its sweep: `beta 5  latent-dim 10`. */
  paramsText = ''
  probed: Dataset | undefined
  history = new History()
  /** Handle, if this process trains the run. */
  run: TrainingRun | undefined
  /** Last silence of a watched run folder: its duration, and the training process. */
  silence: Silence | undefined
  /** Status from the study, beyond the run's events. */
  trialStatus: RunStatus | undefined
  /** Reason of failure, one sentence. */
  error: string | undefined
  #originals: Tensor | undefined
  /** Incremented by every event, so that drawings can be memoised. */
  version = 0

  constructor({ name, folder, probed }: RunSeed) {
    this.name = name
    this.folder = folder
    this.probed = probed
  }

  onEvent(event: TrainingEvent): void {
    this.history.onEvent(event)
    if (event.type === 'end' && event.error !== undefined) this.error = event.error.message
    this.version += 1
  }

  /** Clears the events: another process resumed from a checkpoint and writes them again. */
  restart(): void {
    this.history = new History()
    this.version += 1
  }

  /** First probe examples; undefined if the data are missing. */
  get originals(): Tensor | undefined {
    this.#originals ??= this.probed?.slice(0, maxOriginals).toTensor()
    return this.#originals
  }

  /** Class names, if the data have any. */
  get labelNames(): readonly string[] | undefined {
    return this.probed?.labelNames
  }

  get status(): RunStatus {
    const { start, end, paused, collapsed } = this.history
    if (this.trialStatus === 'pruned' || this.trialStatus === 'failed') return this.trialStatus
    if (end !== undefined) return endings[end.status]
    if (start === undefined) return this.run === undefined ? (this.trialStatus ?? 'starting') : 'starting'
    if (this.run === undefined && this.silence !== undefined && this.silence.trainer === undefined) return 'stopped'
    if (paused) return 'paused'
    if ((this.silence?.seconds ?? 0) > maxSilence) return 'silent'
    return collapsed ? 'collapsed' : 'training'
  }

  /** Optimiser steps per epoch; NaN while unknown. */
  get stepsPerEpoch(): number {
    const { epochs } = this.history
    const last = epochs.at(-1)
    if (last !== undefined) return last.step / last.epoch
    const { steps, epochs: all } = this.run?.progress ?? { steps: 0, epochs: 0 }
    return steps > 0 ? steps / all : Number.NaN
  }

  /** Estimated seconds left; NaN while unknown. */
  get secondsLeft(): number {
    if (this.run !== undefined) return this.run.progress.secondsLeft
    const { epochs, start } = this.history
    const last = epochs.at(-1)
    if (last === undefined) return Number.NaN
    return (last.seconds / last.epoch) * ((start?.options.epochs ?? Number.NaN) - last.epoch)
  }

  /** Fraction done, 0 to 1. */
  get done(): number {
    const { step, start } = this.history
    const steps = (start?.options.epochs ?? Number.NaN) * this.stepsPerEpoch
    return steps > 0 ? Math.min(1, step / steps) : 0
  }

  /** True if this process trains the run, so leaving the lab would interrupt it. */
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
