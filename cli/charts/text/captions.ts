/** Words in the blank places of a chart. */

import { type Ink, width } from '../../base/text.js'
import type { Surface } from './surface.js'

/** Cell of a surface. */
export type Cell = readonly [x: number, y: number]

/** Writes the words at the first blank one of these places. Returns false if there is none. */
export function caption(surface: Surface, words: string, ink: Ink, places: Iterable<Cell>): boolean {
  for (const [x, y] of places) {
    if (!surface.isBlank(x, y, width(words))) continue
    surface.put(x, y, words, ink)
    return true
  }
  return false
}

/** Places for words of `cells` that end before column `right`: in the rows nearest to `y`, without `y` itself. */
export function* endingAt(right: number, y: number, cells: number, rows: number): Generator<Cell> {
  for (const row of nearest(y, rows)) if (row !== y) yield [right - cells, row]
}

/** Rows by their distance from `y`, the upper one first. */
function* nearest(y: number, rows: number): Generator<number> {
  for (let away = 0; away < rows; away++) {
    if (y - away >= 0 && y - away < rows) yield y - away
    if (away > 0 && y + away < rows && y + away >= 0) yield y + away
  }
}
