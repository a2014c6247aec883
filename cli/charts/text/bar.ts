/** Bars in eighths of a cell, so that small changes are visible. */

import type { Charset, Style } from '../../base/style.js'
import { applyInk, fit, type Ink, pad, width } from '../../base/text.js'
import { toAscii } from './ascii.js'
import { clip } from './layout.js'
import type { Size } from './surface.js'

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** Bar that fills `share` (0 to 1) of `cells`, without a frame. */
export function bar(share: number, cells: number, charset: Charset = 'braille'): string {
  const filled = Math.round(Math.min(Math.max(Number.isFinite(share) ? share : 0, 0), 1) * cells * 8)
  if (charset === 'ascii') return '#'.repeat((filled + 4) >> 3).padEnd(cells)
  return ('█'.repeat(filled >> 3) + (eighths[filled & 7] ?? '')).padEnd(cells)
}

/** Bar in a frame: `▕█████▌    ▏`. */
export function framedBar(share: number, cells: number, charset: Charset = 'braille'): string {
  return charset === 'ascii' ? `[${bar(share, cells, charset)}]` : `▕${bar(share, cells)}▏`
}

/** One bar of a chart: `z₀ ▕███████▏ 3.46`. */
export interface Bar {
  readonly name: string
  readonly value: number
  /** Text after the bar. */
  readonly text: string
  readonly ink?: Ink
}

/** Minimum cells of a readable bar. */
const minCells = 4

/**
 * Draws bars of one length in exactly this size, down and then to the right, names and values aligned. If not all fit,
 * the last place gives the number of the others.
 *
 * @param max Value of a full bar; default the largest value.
 */
export function bars(
  all: readonly Bar[],
  size: Size,
  style: Style,
  max = Math.max(0, ...all.map(({ value }) => value)),
): string[] {
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(width))
  const [name, text] = [widest(all.map(({ name }) => name)), widest(all.map(({ text }) => text))]
  const minWidth = name + text + minCells + 4
  const across = Math.max(
    1,
    Math.min(Math.ceil(all.length / Math.max(1, size.rows)), Math.floor((size.columns + 2) / (minWidth + 2))),
  )
  const room = Math.floor((size.columns + 2) / across) - 2
  const cells = Math.max(1, room - name - text - 4)
  const places = across * Math.max(0, size.rows)
  const one = ({ name: title, value, text: words, ink = '' }: Bar) =>
    fit(
      `${pad(title, name)} ${applyInk(framedBar(value / max, cells, style.charset), ink)} ${' '.repeat(text - width(words))}${words}`,
      room,
    )
  const drawn = all.slice(0, places).map(one)
  if (all.length > places && places > 0) drawn[places - 1] = fit(`… ${all.length - places + 1} more`, room)
  const rows = Array.from({ length: size.rows }, (_, row) =>
    Array.from({ length: across }, (_, column) => drawn[column * size.rows + row] ?? '')
      .map((cell) => pad(cell, room))
      .join('  '),
  )
  return clip(style.charset === 'ascii' ? rows.map(toAscii) : rows, size)
}
