/** Groups of runs that differ only in their seed, and the spread over seeds. */
import { deviation } from '../../base/statistics.js'
import type { LabRun } from '../state/lab-run.js'
import type { Difference } from './differences.js'

/** Runs with the same options except the seed. */
export interface RunGroup {
  /** Index among the groups, from 0; sets their colour. */
  readonly number: number
  /** Runs in order of arrival. */
  readonly runs: readonly LabRun[]
  /** Number of runs with a measurement. */
  readonly n: number
  /** Sample standard deviation (n − 1) of −ELBO over them; NaN for fewer than two. */
  readonly deviation: number
}

/** Returns the group of every run; `differing` are the options that differ between the runs. */
export function groupsOf(runs: readonly LabRun[], differing: readonly Difference[]): Map<LabRun, RunGroup> {
  const others = differing.filter(({ option }) => option !== 'seed')
  const byOptions = new Map<string, LabRun[]>()
  for (const run of runs) {
    const key = JSON.stringify(others.map(({ of }) => of(run)))
    byOptions.set(key, [...(byOptions.get(key) ?? []), run])
  }
  const groups = [...byOptions.values()].map((runs, number): RunGroup => {
    const values = runs.flatMap(({ history: { measured } }) => (measured === undefined ? [] : [-measured.elbo]))
    return { number, runs, n: values.length, deviation: deviation(values) }
  })
  return new Map(groups.flatMap((group) => group.runs.map((run) => [run, group] as const)))
}
