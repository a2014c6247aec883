/** Axis with the current β: `β 0 ─●──────┼───────┆ 32.2 collapse ── 50   now 1.0`. */

import type { Style } from '../../base/style.js'
import { fit, width } from '../../base/text.js'
import { plural, weight } from '../format.js'
import { toAscii } from './ascii.js'
import { Surface } from './surface.js'

/** Contents of the axis of β. */
export interface Dial {
  readonly beta: number
  /** β from which the posterior collapses; default none. */
  readonly critical?: number
  /** Number of examples that it was estimated from; default not shown. */
  readonly examples?: number
  /** Right end; default 50, or more if β or the critical β needs it. */
  readonly max?: number
}

/** β below which the axis is nearly linear, and above it nearly logarithmic, so that 0 has a place on it. */
const bend = 0.3

/** Draws the axis in exactly `columns` cells. */
export function dial(
  { beta, critical, examples, max = Math.max(50, beta, 1.5 * (critical ?? 0)) }: Dial,
  columns: number,
  style: Style,
): string {
  const { accent, dim, warning } = style.ink
  const [left, right] = ['β 0 ', ` ${weight(max)}   now ${weight(beta)}`]
  const cells = columns - width(left) - width(right)
  if (cells < 8) return toCharset(fit(`β ${weight(beta)}`, columns), style)
  const surface = new Surface({ columns: cells, rows: 1 })
  const at = (value: number) => Math.round((Math.log1p(value / bend) / Math.log1p(max / bend)) * (cells - 1))
  surface.put(0, 0, '─'.repeat(cells), dim)
  for (const tick of [1, 10, 100, 1000]) if (tick < max) surface.put(at(tick), 0, '┼', dim)
  if (critical !== undefined) {
    surface.put(at(critical), 0, '┆', warning)
    const short = ` ${weight(Number(critical.toPrecision(3)))} collapse `
    const long = examples === undefined ? [] : [`${short}(${plural(examples, 'example')}) `]
    // After the mark or before it, if there is room and β is not there; without the number of examples if it must be.
    const places = [...long, short].flatMap((words) =>
      [at(critical) + 1, at(critical) - width(words)].map((from) => ({ words, from })),
    )
    const free = ({ words, from }: { words: string; from: number }) =>
      from >= 0 && from + width(words) <= cells && (at(beta) < from || at(beta) >= from + width(words))
    const place = places.find(free)
    if (place !== undefined) surface.put(place.from, 0, place.words, warning)
  }
  surface.put(at(Math.max(0, beta)), 0, '●', accent)
  return toCharset(left + surface.toRows(style).join('') + right, style)
}

function toCharset(row: string, { charset }: Style): string {
  return charset === 'ascii' ? toAscii(row) : row
}
