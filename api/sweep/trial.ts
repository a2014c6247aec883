import type { VaeError } from '../errors.js'
import type { Losses } from '../events.js'
import type { Params } from './options.js'

/**
 * Where a trial stands. `'pruned'`: it was ended early, by the pruner or by hand, and its value is that of its last epoch.
 * `'failed'`: it could not be trained or diverged; `error` says why, and the sweep goes on.
 */
export type TrialState = 'waiting' | 'running' | 'complete' | 'pruned' | 'failed'

/** The losses that a trial is judged by. */
export type TrialLosses = Pick<Losses, 'loss' | 'elbo' | 'reconstruction' | 'kl'>

/** What a trial was worth after an epoch. */
export interface Intermediate {
  readonly epoch: number
  readonly value: number
}

/** One training of a sweep: a snapshot. */
export interface Trial {
  /** From 0, in the order in which trials begin. */
  readonly number: number
  /** What it has of what is varied; empty as long as that depends on trials that have not ended. */
  readonly params: Params
  readonly seed: number
  readonly state: TrialState
  /** The objective, once the trial is complete or pruned. */
  readonly value?: number
  /** All losses, once the trial is complete or pruned. */
  readonly losses?: TrialLosses
  /** The objective after each epoch so far. */
  readonly intermediate: readonly Intermediate[]
  /** Its run folder. */
  readonly folder: string
  /** Why it failed. */
  readonly error?: VaeError
}

/** Whether nothing more will come of a trial. */
export function hasEnded({ state }: Trial): boolean {
  return state === 'complete' || state === 'pruned' || state === 'failed'
}

/** The complete trial with the best value, the first of equals. */
export function bestOf(trials: readonly Trial[], direction: 'maximize' | 'minimize'): Trial | undefined {
  const sign = direction === 'maximize' ? 1 : -1
  let best: Trial | undefined
  for (const trial of trials) {
    if (trial.state !== 'complete' || trial.value === undefined) continue
    if (best?.value === undefined || sign * trial.value > sign * best.value) best = trial
  }
  return best
}

/** The complete trials of which none has both less KL and less reconstruction, by their KL. */
export function paretoOf(trials: readonly Trial[]): Trial[] {
  const complete = trials.filter(({ state }) => state === 'complete')
  const sorted = complete.toSorted((a, b) => kl(a) - kl(b) || reconstruction(a) - reconstruction(b))
  let least = Number.POSITIVE_INFINITY
  return sorted.filter((trial) => {
    const isBetter = reconstruction(trial) < least
    if (isBetter) least = reconstruction(trial)
    return isBetter
  })
}

function kl({ losses }: Trial): number {
  return losses?.kl ?? Number.POSITIVE_INFINITY
}

function reconstruction({ losses }: Trial): number {
  return losses?.reconstruction ?? Number.POSITIVE_INFINITY
}
