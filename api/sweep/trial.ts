import type { VaeError } from '../errors.js'
import type { Losses } from '../events.js'
import type { Params } from './options.js'

/**
 * State of a trial. `'pruned'`: it ended early, by the pruner or by hand, and its value is that of its last epoch.
 * `'failed'`: it could not be trained or diverged; `error` holds the reason, and the sweep continues.
 */
export type TrialState = 'waiting' | 'running' | 'complete' | 'pruned' | 'failed'

/** Losses that a trial is judged by. */
export type TrialLosses = Pick<Losses, 'loss' | 'elbo' | 'reconstruction' | 'kl'>

/** Value of a trial after an epoch. */
export interface Intermediate {
  readonly epoch: number
  readonly value: number
}

/** Snapshot of a trial of a sweep. */
export interface Trial {
  /** Number of the trial, from 0, in the order in which trials begin. */
  readonly number: number
  /** Values of the varied options; empty while they depend on trials that have not ended. */
  readonly params: Params
  readonly seed: number
  readonly state: TrialState
  /** Objective, once the trial is complete or pruned. */
  readonly value?: number
  /** All losses, once the trial is complete or pruned. */
  readonly losses?: TrialLosses
  /** Objective after each epoch so far. */
  readonly intermediate: readonly Intermediate[]
  /** Its run folder. */
  readonly folder: string
  /** Reason of a failure. */
  readonly error?: VaeError
}

/** True if a trial has ended: complete, pruned or failed. */
export function hasEnded({ state }: Trial): boolean {
  return state === 'complete' || state === 'pruned' || state === 'failed'
}

/** Returns the complete trial with the best value, the first of equals. */
export function bestOf(trials: readonly Trial[], direction: 'maximize' | 'minimize'): Trial | undefined {
  const sign = direction === 'maximize' ? 1 : -1
  let best: Trial | undefined
  for (const trial of trials) {
    if (trial.state !== 'complete' || trial.value === undefined) continue
    if (best?.value === undefined || sign * trial.value > sign * best.value) best = trial
  }
  return best
}

/** Returns the Pareto front of the complete trials in KL and reconstruction, sorted by KL. */
export function paretoOf(trials: readonly Trial[]): Trial[] {
  const complete = trials.filter(({ state }) => state === 'complete')
  const sorted = complete.toSorted((a, b) => kl(a) - kl(b) || reconstruction(a) - reconstruction(b))
  let lowest = Number.POSITIVE_INFINITY
  return sorted.filter((trial) => {
    const isBetter = reconstruction(trial) < lowest
    if (isBetter) lowest = reconstruction(trial)
    return isBetter
  })
}

function kl({ losses }: Trial): number {
  return losses?.kl ?? Number.POSITIVE_INFINITY
}

function reconstruction({ losses }: Trial): number {
  return losses?.reconstruction ?? Number.POSITIVE_INFINITY
}
