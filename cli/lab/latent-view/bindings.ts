/** The keys of the explorer. */

import { classesOf } from '../../latent/codes.js'
import type { Binding } from '../actions/press.js'
import { type Explorer, explorerOf } from './explorer.js'
import { className } from './words.js'

/** Cells of the map that a capital letter moves by. */
const fast = 8

/** Keys that stand for the classes, in order; `d` asks for the next example instead. */
const classKeys = '0123456789abcefghijklmnopqrstuvwxyz'

/** They come before the keys that hold everywhere, of which some mean another thing here. */
export const explorerBindings: readonly Binding[] = [
  on(['left', 'h'], 'to the left', (explorer) => explorer.move(-1, 0)),
  on(['down', 'j'], 'down', (explorer) => explorer.move(0, -1)),
  on(['up', 'k'], 'up', (explorer) => explorer.move(0, 1)),
  on(['right', 'l'], 'to the right', (explorer) => explorer.move(1, 0)),
  on(['shift-left', 'H'], 'far to the left', (explorer) => explorer.move(-fast, 0)),
  on(['shift-down', 'J'], 'far down', (explorer) => explorer.move(0, -fast)),
  on(['shift-up', 'K'], 'far up', (explorer) => explorer.move(0, fast)),
  on(['shift-right', 'L'], 'far to the right', (explorer) => explorer.move(fast, 0)),
  on(['z'], 'nearer', (explorer) => explorer.zoom(2)),
  on(['Z'], 'farther', (explorer) => explorer.zoom(1 / 2)),
  on(['0'], 'back to the middle, all of it', (explorer) => explorer.reset()),
  on(['a'], 'one end of the path is here', (explorer) => explorer.mark('a')),
  on(['b'], 'the other end is here', (explorer) => explorer.mark('b')),
  on(['i'], 'the path from A to B', (explorer) => explorer.toggle('path')),
  on(['o'], 'borders of the classes', (explorer) => explorer.toggle('borders')),
  on(['g'], 'decode the whole map', (explorer) => explorer.toggle('manifold')),
  on(['d'], 'an example and its posterior', askExample),
  on(['x'], 'another dimension across', (explorer) => explorer.turn('x', 1)),
  on(['y'], 'another dimension upwards', (explorer) => explorer.turn('y', 1)),
  on(['X'], 'the dimension before, across', (explorer) => explorer.turn('x', -1)),
  on(['Y'], 'the dimension before, upwards', (explorer) => explorer.turn('y', -1)),
  on(['P'], 'principal directions', (explorer) => explorer.togglePrincipal()),
]

function on(keys: readonly string[], words: string, does: (explorer: Explorer) => void): Binding {
  return { group: 'explore', keys, words, views: ['explorer'], does: (lab) => does(explorerOf(lab)) }
}

/** Asks of which class, where there are any. */
function askExample(explorer: Explorer): void {
  const { lab, codes, chosen } = explorer
  const classes = classesOf(codes)
  if (classes.length === 0) {
    explorer.next()
    return
  }
  const last = chosen === undefined ? undefined : codes.labels?.[chosen]
  const again = last === undefined ? 'the next of any' : `the next ${className(explorer, last)}`
  lab.dialog = {
    kind: 'question',
    title: 'the posterior of an example',
    lines: ['Of which class?'],
    answers: [
      { key: 'd', words: again, does: () => explorer.next(last) },
      ...classes.slice(0, classKeys.length).map((label, i) => ({
        key: classKeys[i] ?? '',
        words: className(explorer, label),
        does: () => explorer.next(label),
      })),
    ],
  }
  lab.changed()
}
