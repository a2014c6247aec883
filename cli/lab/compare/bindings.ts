/** The keys of the comparison; those that steer the selected run hold here too. */
import type { Binding } from '../actions/press.js'
import type { Lab } from '../state/lab.js'
import { compareOf } from './compare.js'
import { sorted, sortTitles } from './runs-table.js'

/** They come before the keys that hold everywhere. */
export const compareBindings: readonly Binding[] = [
  on(['up', 'k'], 'the row above', (lab) => move(lab, -1)),
  on(['down', 'j'], 'the row below', (lab) => move(lab, 1)),
  on(['v'], 'another loss', (lab) => compareOf(lab).nextMetric()),
  on(['a'], 'over epochs, steps or seconds', (lab) => compareOf(lab).nextAxis()),
  on(['o'], 'sort by the next column', (lab) => compareOf(lab).sortByNext(sortTitles(lab))),
  on(['O'], 'the other way round', (lab) => compareOf(lab).turn()),
]

function on(keys: readonly string[], words: string, does: (lab: Lab) => void): Binding {
  return { group: 'compare', keys, words, views: ['compare'], does }
}

/** Selects the run that stands so many rows further down in the table, around its end. */
function move(lab: Lab, rows: number): void {
  const runs = sorted(lab)
  const at = lab.selected === undefined ? -1 : runs.indexOf(lab.selected)
  if (runs.length > 0) lab.select(runs[(at < 0 ? 0 : at + rows + runs.length) % runs.length])
}
