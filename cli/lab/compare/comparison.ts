/** Content of a comparison: the runs, the options that differ, and groups of seeds. */

import { width } from '../../base/text.js'
import { paretoFront } from '../../charts/text/pareto.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { type Difference, differencesText, differing } from './differences.js'
import { groupsOf, type RunGroup } from './groups.js'

export interface Comparison {
  readonly runs: readonly LabRun[]
  readonly differing: readonly Difference[]
  readonly groups: ReadonlyMap<LabRun, RunGroup>
  /** Baseline of the comparison: the first marked run, else the selected one. */
  readonly baseline: LabRun | undefined
  /** Runs that no other run beats in both reconstruction and KL. */
  readonly front: ReadonlySet<LabRun>
}

/** Returns the current comparison of a lab. */
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

/** Colour of a run; runs that differ only in their seed share one. */
export function colourOf({ groups }: Comparison, run: LabRun): number {
  return groups.get(run)?.number ?? 0
}

/** Maximum width of a caption between curves, in cells. */
const maxCaption = 20

/**
 * Caption of a run in a chart: the options that distinguish its group, or its name if they are too long; only for the
 * first run of a group.
 */
export function captionOf({ differing, groups }: Comparison, run: LabRun): string {
  if (groups.get(run)?.runs[0] !== run) return ''
  const others = differing.filter(({ option }) => option !== 'seed')
  const words = differencesText(run, others)
  return words === '' || width(words) > maxCaption ? run.name : words
}

function frontOf(runs: readonly LabRun[]): Set<LabRun> {
  const measured = runs.flatMap((run) =>
    run.history.measured === undefined ? [] : [{ run, losses: run.history.measured }],
  )
  const points = measured.map(({ losses: { kl, reconstruction } }) => [kl, reconstruction] as const)
  return new Set(paretoFront(points).flatMap((i) => measured[i]?.run ?? []))
}
