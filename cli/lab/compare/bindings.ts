/** Keys of the comparison; those that control the selected run work here too. */
import type { Binding } from '../actions/press.js'
import type { Lab } from '../state/lab.js'
import { compareOf } from './compare.js'
import { sorted, sortTitles } from './runs-table.js'

/** Bindings with precedence over the general keys. */
export const compareBindings: readonly Binding[] = [
  on(['up', 'k'], 'the row above', (lab) => move(lab, -1)),
  on(['down', 'j'], 'the row below', (lab) => move(lab, 1)),
  on(['v'], 'next loss', (lab) => compareOf(lab).nextMetric()),
  on(['a'], 'axis: epochs, steps or seconds', (lab) => compareOf(lab).nextAxis()),
  on(['o'], 'sort by the next column', (lab) => compareOf(lab).sortByNext(sortTitles(lab))),
  on(['O'], 'reverse the order', (lab) => compareOf(lab).reverse()),
]

function on(keys: readonly string[], label: string, action: (lab: Lab) => void): Binding {
  return { group: 'compare', keys, label, views: ['compare'], action }
}

/** Moves the selection down by `rows` in the table, wrapping around. */
function move(lab: Lab, rows: number): void {
  const runs = sorted(lab)
  const at = lab.selected === undefined ? -1 : runs.indexOf(lab.selected)
  if (runs.length > 0) lab.select(runs[(at < 0 ? 0 : at + rows + runs.length) % runs.length])
}
