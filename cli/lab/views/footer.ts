/** Footer: the most useful keys of a view. */
import type { Style } from '../../base/style.js'
import { fit, width } from '../../base/text.js'
import type { View } from '../state/lab.js'

/** Hints by priority: those that do not fit are dropped, and `?` lists all keys. */
const hints: Readonly<Record<View, readonly (readonly [keys: string, words: string])[]>> = {
  overview: [
    ['?', 'keys'],
    ['q', 'quit'],
    ['⏎', 'open'],
    ['b/B', 'β'],
    ['p', 'pause'],
    ['c', 'compare'],
    ['e', 'explore'],
    ['space', 'mark'],
    ['f', 'fork'],
    ['n', 'new'],
    ['s', 'save'],
    ['x', 'stop'],
    ['/', 'filter'],
  ],
  run: [
    ['?', 'keys'],
    ['esc', 'back'],
    ['b/B', 'β ±10 %'],
    ['=', 'type β'],
    ['tab', 'pictures'],
    ['[ ]', 'scrub'],
    ['e', 'explore'],
    ['p', 'pause'],
    ['.', 'step'],
    ['f', 'fork'],
    ['l', 'log'],
    ['m', 'smooth'],
    ['s', 'save'],
    ['w', 'SVG'],
  ],
  explorer: [
    ['?', 'keys'],
    ['esc', 'back'],
    ['hjkl', 'move'],
    ['HJKL', 'fast'],
    ['z/Z', 'zoom'],
    ['a b', 'set A B'],
    ['i', 'interpolate'],
    ['o', 'borders'],
    ['d', 'digit'],
    ['g', 'grid'],
    ['x y P', 'plane'],
    ['[ ]', 'scrub'],
    ['w', 'SVG'],
  ],
  compare: [
    ['?', 'keys'],
    ['esc', 'back'],
    ['space', 'mark'],
    ['v', 'metric'],
    ['o', 'sort'],
    ['l', 'log'],
    ['m', 'smooth'],
    ['⏎', 'open'],
    ['w', 'SVG'],
  ],
}

/** Draws the leading hints that fit into `columns`. */
export function footer(view: View, columns: number, style: Style): string {
  let row = ''
  for (const [keys, words] of hints[view]) {
    const next = `${row} ${style.bold(keys)} ${style.dim(words)} `
    if (width(next) > columns) break
    row = next
  }
  return fit(row, columns)
}
