/** Canvas of dots, 2 × 4 per cell, so that both directions have equal spacing; the charset gives the glyphs. */

import type { Charset } from '../../base/style.js'
import type { Ink } from '../../base/text.js'
import { clipSegment } from './segment.js'
import { type Size, Surface } from './surface.js'

/** Bit of each dot in a braille cell (U+2800 and up), by row (from the top) and column. */
const bits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80] as const

/** Character of every pattern of eight dots, per charset. */
const glyphs: Readonly<Record<Charset, readonly string[]>> = {
  braille: patterns((pattern) => String.fromCharCode(0x2800 + pattern)),
  block: patterns(quarters),
  ascii: patterns(letter),
}

/** Grid of dots with an ink each; a cell takes the ink of most of its dots. */
export class Canvas {
  readonly columns: number
  readonly rows: number
  /** Width in dots. */
  readonly width: number
  readonly height: number
  /** 0 for an unset dot, else 1 + index into the inks. */
  readonly #dots: Uint8Array
  readonly #inks: Ink[] = []
  #last = 0

  /** Creates a blank canvas. */
  constructor({ columns, rows }: Size) {
    this.columns = Math.max(0, Math.floor(columns))
    this.rows = Math.max(0, Math.floor(rows))
    this.width = this.columns * 2
    this.height = this.rows * 4
    this.#dots = new Uint8Array(this.width * this.height)
  }

  /** Sets the dot at x from the left and y from the top; ignores dots outside. */
  set(x: number, y: number, ink: Ink = ''): void {
    if (x >= 0 && y >= 0 && x < this.width && y < this.height) this.#dots[y * this.width + x] = this.#number(ink)
  }

  /**
   * Draws a straight line of dots (Bresenham), clipped to the canvas. `dash` selects the dots to draw; `phase` is the
   * number of dots before it on the same curve. Returns the phase at its end.
   */
  line(x0: number, y0: number, x1: number, y1: number, ink: Ink = '', dash: Dash = solid, phase = 0): number {
    const within = clipSegment(this.width, this.height, [x0, y0, x1, y1])
    if (within === undefined) return phase
    let [x, y] = within
    const [, , endX, endY] = within
    const [on, off] = dash
    const dx = Math.abs(endX - x)
    const dy = -Math.abs(endY - y)
    const stepX = x < endX ? 1 : -1
    const stepY = y < endY ? 1 : -1
    let error = dx + dy
    for (let drawn = phase; ; drawn++) {
      if (off === 0 || drawn % (on + off) < on) this.set(x, y, ink)
      if (x === endX && y === endY) return drawn
      const doubled = 2 * error
      if (doubled >= dy) {
        error += dy
        x += stepX
      }
      if (doubled <= dx) {
        error += dx
        y += stepY
      }
    }
  }

  /**
   * Paints every cell with a dot onto the surface, the first at (x, y); other cells keep their content. `under`: paints
   * blank cells only.
   */
  paintOn(surface: Surface, charset: Charset, { x = 0, y = 0, under = false } = {}): void {
    for (let row = 0; row < this.rows; row++)
      for (let column = 0; column < this.columns; column++) {
        const [pattern, ink] = this.#cell(column, row)
        if (pattern === 0 || (under && !surface.isBlank(x + column, y + row, 1))) continue
        surface.set(x + column, y + row, glyphs[charset][pattern] ?? ' ', ink)
      }
  }

  /** Rows from the top; a cell without dots is a space. */
  toRows(charset: Charset = 'braille'): string[] {
    const surface = new Surface(this)
    this.paintOn(surface, charset)
    return surface.toRows({ charset })
  }

  /** Pattern of a cell's dots, and the ink of most of them. */
  #cell(column: number, row: number): [pattern: number, ink: Ink] {
    let [pattern, most, winner] = [0, 0, 0]
    const first = row * 4 * this.width + column * 2
    for (let dot = 0; dot < 8; dot++) {
      const number = this.#dots[first + (dot >> 1) * this.width + (dot & 1)] ?? 0
      if (number === 0) continue
      pattern |= bits[dot] ?? 0
      if (number === winner) continue
      let count = 0
      for (let other = 0; other < 8; other++)
        if (this.#dots[first + (other >> 1) * this.width + (other & 1)] === number) count++
      if (count > most) [most, winner] = [count, number]
    }
    return [pattern, this.#inks[winner - 1] ?? '']
  }

  /** Number of an ink. Checks the last one first: consecutive dots mostly share an ink. */
  #number(ink: Ink): number {
    if (ink === this.#inks[this.#last - 1]) return this.#last
    const index = this.#inks.indexOf(ink)
    this.#last = index >= 0 ? index + 1 : this.#inks.push(ink)
    return this.#last
  }
}

/** Lengths in dots of the dashes of a line and of their gaps. */
export type Dash = readonly [on: number, off: number]

/** Dash of a solid line. */
export const solid: Dash = [1, 0]

/** Characters of the 256 patterns; bits as in braille. */
function patterns(of: (pattern: number) => string): string[] {
  return Array.from({ length: 256 }, (_, pattern) => (pattern === 0 ? ' ' : of(pattern)))
}

/** True if any of these dots is set; numbered as in {@link bits}. */
function any(pattern: number, ...dots: readonly number[]): boolean {
  return dots.some((dot) => (pattern & (bits[dot] ?? 0)) !== 0)
}

/** Block of the quarters that contain a dot. */
function quarters(pattern: number): string {
  const filled = [any(pattern, 0, 2), any(pattern, 1, 3), any(pattern, 4, 6), any(pattern, 5, 7)]
  const number = filled.reduce((sum, quarter, i) => sum + (quarter ? 1 << i : 0), 0)
  return ' ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█'[number] ?? ' '
}

/** Letter with the direction of the dots, or else with about as much ink. */
function letter(pattern: number): string {
  const [left, right] = [0, 1].map((side) => [0, 1, 2, 3].filter((row) => any(pattern, row * 2 + side)))
  const count = (left?.length ?? 0) + (right?.length ?? 0)
  const rows = new Set([...(left ?? []), ...(right ?? [])])
  if (count === 1) return rows.has(3) || rows.has(2) ? '.' : "'"
  if (count >= 7) return '#'
  if (count >= 5) return '*'
  if (rows.size === 1) return rows.has(0) ? '"' : rows.has(3) ? '_' : '-'
  if (left?.length === 0 || right?.length === 0) return count > 2 ? '|' : ':'
  const mean = (side: readonly number[] = []) => side.reduce((sum, row) => sum + row, 0) / side.length
  const fall = mean(right) - mean(left)
  return fall >= 1.5 ? '\\' : fall <= -1.5 ? '/' : rows.size === 2 ? '-' : ':'
}
