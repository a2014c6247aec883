import type { VaeError } from '../errors.js'
import type { TrainingRun } from '../run.js'
import type { Trial } from './trial.js'

/** Outcome of a sweep. */
export type SweepStatus = 'completed' | 'stopped' | 'aborted' | 'failed'

/** First event. */
export interface SweepStart {
  readonly type: 'start'
  /** Number of trials. */
  readonly trials: number
  /** Number of them that ended in an earlier session. */
  readonly ended: number
  /** Number of trials trained at once. */
  readonly jobs: number
  /** Number of threads for each of them. */
  readonly threads: number
}

/** A new trial, or a new state of a trial. */
export interface TrialChange {
  readonly type: 'trial'
  readonly trial: Trial
}

/** The run of a trial has begun: it can be followed and controlled. Its model is disposed of when the trial ends. */
export interface TrialRun {
  readonly type: 'run'
  readonly trial: Trial
  /** The run itself; wrapped in the event, because a promise of a run would wait for its end. */
  readonly run: TrainingRun
}

/** Value of a trial after an epoch. */
export interface TrialReport {
  readonly type: 'epoch'
  readonly trial: Trial
  readonly epoch: number
  readonly value: number
}

/** Last event, whatever the outcome. */
export interface SweepEnd {
  readonly type: 'end'
  readonly status: SweepStatus
  /** Best trial so far. */
  readonly best?: Trial
  /** Error that the sweep rejects with, if it failed. */
  readonly error?: VaeError
}

/** An event of a sweep; `type` is its kind. */
export type SweepEvent = SweepStart | TrialChange | TrialRun | TrialReport | SweepEnd
