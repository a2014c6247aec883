import type { VaeError } from '../errors.js'
import type { TrainingRun } from '../run.js'
import type { Trial } from './trial.js'

/** How a sweep can end. */
export type SweepStatus = 'completed' | 'stopped' | 'aborted' | 'failed'

/** The first event. */
export interface SweepStart {
  readonly type: 'start'
  /** How many trials there are. */
  readonly trials: number
  /** How many of them an earlier session has ended. */
  readonly ended: number
  /** How many are trained at once. */
  readonly jobs: number
  /** Threads that compute for each of them. */
  readonly threads: number
}

/** A trial is in another state, or is new. */
export interface TrialChange {
  readonly type: 'trial'
  readonly trial: Trial
}

/** The run of a trial has begun: it can be followed, and taken hold of. Its model is let go when the trial ends. */
export interface TrialRun {
  readonly type: 'run'
  readonly trial: Trial
  /** The run itself; a value within the event, as a promise of a run would wait for its end. */
  readonly run: TrainingRun
}

/** A trial has reported what it is worth after an epoch. */
export interface TrialReport {
  readonly type: 'epoch'
  readonly trial: Trial
  readonly epoch: number
  readonly value: number
}

/** The last event, in every outcome. */
export interface SweepEnd {
  readonly type: 'end'
  readonly status: SweepStatus
  /** The best trial so far. */
  readonly best?: Trial
  /** What the sweep rejects with, if it failed. */
  readonly error?: VaeError
}

/** What a sweep tells while it goes on; `type` says which. */
export type SweepEvent = SweepStart | TrialChange | TrialRun | TrialReport | SweepEnd
