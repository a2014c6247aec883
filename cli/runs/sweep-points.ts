/** The trials of a sweep by their points: what the seeds of each had in common. */
import type { Params, Trial, TrialLosses } from '../../index.js'
import { deviation, mean } from '../base/statistics.js'

/** Trials that differ by their seeds alone. */
export interface PointOfSweep {
  readonly params: Params
  /** Those that are complete. */
  readonly trials: readonly Trial[]
  /** How many were pruned or have failed. */
  readonly others: number
}

/** A mean and the standard deviation of what it is the mean of. */
export interface Spread {
  readonly mean: number
  /** Over seeds, with n − 1 as its divisor; NaN for one of them. */
  readonly sd: number
}

/** The points that have trials which have ended, in the order of their first trials. */
export function pointsOf(trials: readonly Trial[]): PointOfSweep[] {
  const points = new Map<string, Trial[]>()
  for (const trial of trials) {
    if (trial.state === 'waiting' || trial.state === 'running') continue
    const key = JSON.stringify(trial.params)
    points.set(key, [...(points.get(key) ?? []), trial])
  }
  return [...points.values()].map((all) => {
    const complete = all.filter(({ state }) => state === 'complete')
    return { params: all[0]?.params ?? {}, trials: complete, others: all.length - complete.length }
  })
}

/** A loss over the seeds of a point. */
export function spreadOf({ trials }: PointOfSweep, loss: keyof TrialLosses): Spread {
  const values = trials.flatMap(({ losses }) => losses?.[loss] ?? [])
  return { mean: mean(values), sd: deviation(values) }
}

/** The points that are complete, the one with the best mean first. */
export function ranked(points: readonly PointOfSweep[], loss: keyof TrialLosses): PointOfSweep[] {
  const sign = loss === 'elbo' ? -1 : 1
  const complete = points.filter(({ trials }) => trials.length > 0)
  return complete.toSorted((a, b) => sign * (spreadOf(a, loss).mean - spreadOf(b, loss).mean))
}
