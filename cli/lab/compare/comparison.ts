/** What is compared: the runs, what tells them apart, and which of them belong together. */

import { width } from '../../base/text.js'
import { paretoFront } from '../../charts/text/pareto.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { type Difference, differing, wordsOf } from './differences.js'
import { type Group, groupsOf } from './groups.js'

export interface Comparison {
  readonly runs: readonly LabRun[]
  readonly differing: readonly Difference[]
  readonly groups: ReadonlyMap<LabRun, Group>
  /** The run that the others are compared with: the first that is marked, or else the selected one. */
  readonly baseline: LabRun | undefined
  /** The runs that no other one beats in both reconstruction and KL. */
  readonly front: ReadonlySet<LabRun>
}

/** What a lab compares now. */
export function comparisonOf({ compared, marked, selected }: Lab): Comparison {
  const all = differing(compared)
  return {
    runs: compared,
    differing: all,
    groups: groupsOf(compared, all),
    baseline: marked.size > 0 ? compared[0] : selected,
    front: frontOf(compared),
  }
}

/** The colour of a run: runs that differ in their seed alone have the same. */
export function colourOf({ groups }: Comparison, run: LabRun): number {
  return groups.get(run)?.number ?? 0
}

/** A caption of more cells finds no room between curves. */
const longestCaption = 20

/** How a run is called in a chart: by what tells its group from the others, in a few words or else its name; once, whatever the seeds. */
export function captionOf({ differing, groups }: Comparison, run: LabRun): string {
  if (groups.get(run)?.runs[0] !== run) return ''
  const others = differing.filter(({ option }) => option !== 'seed')
  const words = wordsOf(run, others)
  return words === '' || width(words) > longestCaption ? run.name : words
}

function frontOf(runs: readonly LabRun[]): Set<LabRun> {
  const measured = runs.flatMap((run) =>
    run.history.measured === undefined ? [] : [{ run, losses: run.history.measured }],
  )
  const points = measured.map(({ losses: { kl, reconstruction } }) => [kl, reconstruction] as const)
  return new Set(paretoFront(points).flatMap((i) => measured[i]?.run ?? []))
}
