/** Bars: eighths of a cell, so that a short bar still moves. */

import type { Charset, Style } from '../../base/style.js'
import { fit, type Ink, inked, pad, width } from '../../base/text.js'
import { toAscii } from './ascii.js'
import { clip } from './layout.js'
import type { Size } from './surface.js'

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar that fills `share` (0 to 1) of so many cells, without its frame. */
export function bar(share: number, cells: number, charset: Charset = 'braille'): string {
  const filled = Math.round(Math.min(Math.max(Number.isFinite(share) ? share : 0, 0), 1) * cells * 8)
  if (charset === 'ascii') return '#'.repeat((filled + 4) >> 3).padEnd(cells)
  return ('█'.repeat(filled >> 3) + (eighths[filled & 7] ?? '')).padEnd(cells)
}

/** A bar in its frame: `▕█████▌    ▏`. */
export function framed(share: number, cells: number, charset: Charset = 'braille'): string {
  return charset === 'ascii' ? `[${bar(share, cells, charset)}]` : `▕${bar(share, cells)}▏`
}

/** A bar among others: `z₀ ▕███████▏ 3.46`. */
export interface Bar {
  readonly name: string
  readonly value: number
  /** What is written behind it. */
  readonly text: string
  readonly ink?: Ink
}

/** A bar narrower than that says nothing. */
const fewestCells = 4

/**
 * Bars in exactly so many rows and columns, down and then to the right: all of one length, names and values aligned.
 * Where there is no room for all, the last place says how many more there are.
 *
 * @param most What fills a bar; default the largest value.
 */
export function bars(
  all: readonly Bar[],
  size: Size,
  style: Style,
  most = Math.max(0, ...all.map(({ value }) => value)),
): string[] {
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(width))
  const [name, text] = [widest(all.map(({ name }) => name)), widest(all.map(({ text }) => text))]
  const least = name + text + fewestCells + 4
  const across = Math.max(
    1,
    Math.min(Math.ceil(all.length / Math.max(1, size.rows)), Math.floor((size.columns + 2) / (least + 2))),
  )
  const room = Math.floor((size.columns + 2) / across) - 2
  const cells = Math.max(1, room - name - text - 4)
  const places = across * Math.max(0, size.rows)
  const one = ({ name: title, value, text: words, ink = '' }: Bar) =>
    fit(
      `${pad(title, name)} ${inked(framed(value / most, cells, style.charset), ink)} ${' '.repeat(text - width(words))}${words}`,
      room,
    )
  const written = all.slice(0, places).map(one)
  if (all.length > places && places > 0) written[places - 1] = fit(`… ${all.length - places + 1} more`, room)
  const rows = Array.from({ length: size.rows }, (_, row) =>
    Array.from({ length: across }, (_, column) => written[column * size.rows + row] ?? '')
      .map((cell) => pad(cell, room))
      .join('  '),
  )
  return clip(style.charset === 'ascii' ? rows.map(toAscii) : rows, size)
}
