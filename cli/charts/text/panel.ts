/** A frame with a title around rows: `╭─ title ─── right words ─╮`. */

import type { Style } from '../../base/style.js'
import { fit, type Ink, inked, slice, width } from '../../base/text.js'
import { toAscii } from './ascii.js'
import { clip } from './layout.js'
import type { Size } from './surface.js'

/** What stands in a frame and on it. */
export interface Panel {
  readonly title?: string
  /** Words at the right end of the upper edge; left out where they do not fit. */
  readonly right?: string
  readonly rows: readonly string[]
  /** The one that keys go to: its frame stands out. */
  readonly focused?: boolean
}

/** Corners, edges across and edges down. */
const light = ['╭', '╮', '╰', '╯', '─', '│'] as const
/** What stands out where no colour does. */
const double = ['╔', '╗', '╚', '╝', '═', '║'] as const
const letters = ['+', '+', '+', '+', '-', '|'] as const
const boldLetters = ['#', '#', '#', '#', '=', '|'] as const

/** What a panel of this size has room for. */
export function inside({ columns, rows }: Size): Size {
  return { columns: Math.max(0, columns - 2), rows: Math.max(0, rows - 2) }
}

/** A panel in exactly this size. */
export function panel({ title = '', right = '', rows, focused = false }: Panel, size: Size, style: Style): string[] {
  const inner = inside(size)
  const ink = focused ? style.ink.accent : style.ink.dim
  const [, , lowerLeft, lowerRight, across, down] = edgesOf(focused, style)
  const side = inked(down, ink)
  const content = clip(rows, inner).map((row) => side + (style.charset === 'ascii' ? toAscii(row) : row) + side)
  const below = inked(lowerLeft + across.repeat(inner.columns) + lowerRight, ink)
  const frame = [upperEdge(title, right, inner.columns, focused, style), ...content, below]
  // Too small for a frame and something in it: what there is of both.
  return size.columns < 2 || size.rows < 2 ? frame.slice(0, size.rows).map((row) => slice(row, 0, size.columns)) : frame
}

function edgesOf(
  focused: boolean,
  { depth, charset }: Style,
): typeof light | typeof double | typeof letters | typeof boldLetters {
  if (charset === 'ascii') return focused && depth === 1 ? boldLetters : letters
  return focused && depth === 1 ? double : light
}

/** The title in its place, the words in theirs, and the edge in between. */
function upperEdge(title: string, right: string, columns: number, focused: boolean, style: Style): string {
  const ink: Ink = focused ? style.ink.accent : style.ink.dim
  const [upperLeft, upperRight, , , across] = edgesOf(focused, style)
  const words = (text: string) => (style.charset === 'ascii' ? toAscii(text) : text)
  const edge = (cells: number) => inked(across.repeat(Math.max(0, cells)), ink)
  const room = columns - 4
  const named = title === '' || room < 1 ? '' : ` ${style.bold(words(fit(title, Math.min(width(title), room))))} `
  const told = right === '' || width(named) + width(right) + 6 > columns ? '' : ` ${words(right)} `
  const gap = columns - 1 - width(named) - width(told) - (told === '' ? 0 : 1)
  return (
    inked(upperLeft, ink) +
    edge(Math.min(1, columns)) +
    named +
    edge(gap) +
    told +
    edge(told === '' ? 0 : 1) +
    inked(upperRight, ink)
  )
}
