/** Keys of the explorer. */

import { classesOf } from '../../latent/codes.js'
import type { Binding } from '../actions/press.js'
import { type Explorer, explorerOf } from './explorer.js'
import { className } from './labels.js'

/** Cells that a capital letter moves the cursor by. */
const fast = 8

/** Keys of the classes, in order; `d` is reserved for the next example. */
const classKeys = '0123456789abcefghijklmnopqrstuvwxyz'

/** Bindings with precedence over the general keys, some of which they override. */
export const explorerBindings: readonly Binding[] = [
  on(['left', 'h'], 'to the left', (explorer) => explorer.move(-1, 0)),
  on(['down', 'j'], 'down', (explorer) => explorer.move(0, -1)),
  on(['up', 'k'], 'up', (explorer) => explorer.move(0, 1)),
  on(['right', 'l'], 'to the right', (explorer) => explorer.move(1, 0)),
  on(['shift-left', 'H'], 'far to the left', (explorer) => explorer.move(-fast, 0)),
  on(['shift-down', 'J'], 'far down', (explorer) => explorer.move(0, -fast)),
  on(['shift-up', 'K'], 'far up', (explorer) => explorer.move(0, fast)),
  on(['shift-right', 'L'], 'far to the right', (explorer) => explorer.move(fast, 0)),
  on(['z'], 'zoom in', (explorer) => explorer.zoom(2)),
  on(['Z'], 'zoom out', (explorer) => explorer.zoom(1 / 2)),
  on(['0'], 'reset the view', (explorer) => explorer.reset()),
  on(['a'], 'set path end A here', (explorer) => explorer.mark('a')),
  on(['b'], 'set path end B here', (explorer) => explorer.mark('b')),
  on(['i'], 'the path from A to B', (explorer) => explorer.toggle('path')),
  on(['o'], 'borders of the classes', (explorer) => explorer.toggle('borders')),
  on(['g'], 'decode the whole map', (explorer) => explorer.toggle('manifold')),
  on(['d'], 'an example and its posterior', askExample),
  on(['x'], 'next dimension across', (explorer) => explorer.changeDimension('x', 1)),
  on(['y'], 'next dimension upwards', (explorer) => explorer.changeDimension('y', 1)),
  on(['X'], 'previous dimension across', (explorer) => explorer.changeDimension('x', -1)),
  on(['Y'], 'previous dimension upwards', (explorer) => explorer.changeDimension('y', -1)),
  on(['P'], 'principal directions', (explorer) => explorer.togglePrincipal()),
]

function on(keys: readonly string[], label: string, action: (explorer: Explorer) => void): Binding {
  return { group: 'explore', keys, label, views: ['explorer'], action: (lab) => action(explorerOf(lab)) }
}

/** Prompts for a class, if there are any, and moves to an example of it. */
function askExample(explorer: Explorer): void {
  const { lab, codes, chosen } = explorer
  const classes = classesOf(codes)
  if (classes.length === 0) {
    explorer.selectNext()
    return
  }
  const last = chosen === undefined ? undefined : codes.labels?.[chosen]
  const again = last === undefined ? 'the next of any' : `the next ${className(explorer, last)}`
  lab.dialog = {
    kind: 'question',
    title: 'the posterior of an example',
    lines: ['Of which class?'],
    answers: [
      { key: 'd', label: again, action: () => explorer.selectNext(last) },
      ...classes.slice(0, classKeys.length).map((label, i) => ({
        key: classKeys[i] ?? '',
        label: className(explorer, label),
        action: () => explorer.selectNext(label),
      })),
    ],
  }
  lab.changed()
}
