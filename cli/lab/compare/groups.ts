/** Runs that differ in their seed alone: what one of them is worth, the others say. */
import { deviation } from '../../base/statistics.js'
import type { LabRun } from '../state/lab-run.js'
import type { Difference } from './differences.js'

/** Runs that have all but the seed in common. */
export interface Group {
  /** Its place among the groups, from 0: they share a colour. */
  readonly number: number
  /** In the order in which they came. */
  readonly runs: readonly LabRun[]
  /** How many of them have been measured. */
  readonly n: number
  /** The standard deviation of −ELBO over them (of a sample, n − 1); NaN of fewer than two. */
  readonly deviation: number
}

/** The group of every run, where `differing` is what tells the runs apart. */
export function groupsOf(runs: readonly LabRun[], differing: readonly Difference[]): Map<LabRun, Group> {
  const others = differing.filter(({ option }) => option !== 'seed')
  const members = new Map<string, LabRun[]>()
  for (const run of runs) {
    const key = JSON.stringify(others.map(({ of }) => of(run)))
    members.set(key, [...(members.get(key) ?? []), run])
  }
  const groups = [...members.values()].map((runs, number): Group => {
    const values = runs.flatMap(({ history: { measured } }) => (measured === undefined ? [] : [-measured.elbo]))
    return { number, runs, n: values.length, deviation: deviation(values) }
  })
  return new Map(groups.flatMap((group) => group.runs.map((run) => [run, group] as const)))
}
