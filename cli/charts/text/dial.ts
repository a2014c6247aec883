/** Where β stands: `β 0 ─●──────┼───────┆ 32.2 collapse ── 50   now 1.0`. */

import type { Style } from '../../base/style.js'
import { fit, width } from '../../base/text.js'
import { weight } from '../format.js'
import { toAscii } from './ascii.js'
import { Surface } from './surface.js'

/** What the axis of β shows. */
export interface Dial {
  readonly beta: number
  /** From here on the posterior collapses; default not told. */
  readonly critical?: number
  /** The right end; default 50, or more where β or the critical β needs it. */
  readonly most?: number
}

/** Below this β the axis is nearly linear, above it nearly logarithmic, so that 0 has a place on it. */
const bend = 0.3

/** The axis in exactly so many columns. */
export function dial(
  { beta, critical, most = Math.max(50, beta, 1.5 * (critical ?? 0)) }: Dial,
  columns: number,
  style: Style,
): string {
  const { accent, dim, warning } = style.ink
  const [left, right] = ['β 0 ', ` ${weight(most)}   now ${weight(beta)}`]
  const cells = columns - width(left) - width(right)
  if (cells < 8) return finished(fit(`β ${weight(beta)}`, columns), style)
  const surface = new Surface({ columns: cells, rows: 1 })
  const at = (value: number) => Math.round((Math.log1p(value / bend) / Math.log1p(most / bend)) * (cells - 1))
  surface.put(0, 0, '─'.repeat(cells), dim)
  for (const tick of [1, 10, 100, 1000]) if (tick < most) surface.put(at(tick), 0, '┼', dim)
  if (critical !== undefined) {
    surface.put(at(critical), 0, '┆', warning)
    const words = ` ${weight(Number(critical.toPrecision(3)))} collapse `
    // Behind the mark or before it, where there is room and β does not stand.
    const free = (from: number) =>
      from >= 0 && from + width(words) <= cells && (at(beta) < from || at(beta) >= from + width(words))
    const from = [at(critical) + 1, at(critical) - width(words)].find(free)
    if (from !== undefined) surface.put(from, 0, words, warning)
  }
  surface.put(at(Math.max(0, beta)), 0, '●', accent)
  return finished(left + surface.toRows(style).join('') + right, style)
}

function finished(row: string, { charset }: Style): string {
  return charset === 'ascii' ? toAscii(row) : row
}
