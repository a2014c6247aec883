/** Trials of a sweep grouped by point; trials of a point differ only in their seeds. */
import type { Params, Trial, TrialLosses } from '../../index.js'
import { deviation, mean } from '../base/statistics.js'

/** Trials that differ only in their seeds. */
export interface PointOfSweep {
  readonly params: Params
  /** The complete trials. */
  readonly trials: readonly Trial[]
  /** Number of pruned and failed trials. */
  readonly others: number
}

/** Mean and standard deviation of a set of values. */
export interface Spread {
  readonly mean: number
  /** Over seeds, with divisor n − 1; NaN for a single seed. */
  readonly sd: number
}

/** Points with at least one ended trial, in the order of their first trials. */
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

/** Points with a complete trial, the best mean first. */
export function rankPoints(points: readonly PointOfSweep[], loss: keyof TrialLosses): PointOfSweep[] {
  const sign = loss === 'elbo' ? -1 : 1
  const complete = points.filter(({ trials }) => trials.length > 0)
  return complete.toSorted((a, b) => sign * (spreadOf(a, loss).mean - spreadOf(b, loss).mean))
}
