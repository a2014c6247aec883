/** Words within a chart, where nothing else is. */

import { type Ink, width } from '../../base/text.js'
import type { Surface } from './surface.js'

/** A cell of a surface. */
export type Cell = readonly [x: number, y: number]

/** Writes the words at the first of these places that is empty; at none of them, they are left out. */
export function caption(surface: Surface, words: string, ink: Ink, places: Iterable<Cell>): boolean {
  for (const [x, y] of places) {
    if (!surface.isBlank(x, y, width(words))) continue
    surface.put(x, y, words, ink)
    return true
  }
  return false
}

/** Places for so many cells of words that end at or before a column: in the rows nearest to one, not in it. */
export function* endingAt(right: number, y: number, cells: number, rows: number): Generator<Cell> {
  for (const row of nearest(y, rows)) if (row !== y) yield [right - cells, row]
}

/** Rows by their distance from one, those above first. */
function* nearest(y: number, rows: number): Generator<number> {
  for (let away = 0; away < rows; away++) {
    if (y - away >= 0 && y - away < rows) yield y - away
    if (away > 0 && y + away < rows && y + away >= 0) yield y + away
  }
}
