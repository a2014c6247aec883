/** Frame with a title around rows: `╭─ title ─── right words ─╮`. */

import type { Style } from '../../base/style.js'
import { applyInk, fit, type Ink, slice, width } from '../../base/text.js'
import { toAscii } from './ascii.js'
import { clip } from './layout.js'
import type { Size } from './surface.js'

/** Contents and titles of a frame. */
export interface Panel {
  readonly title?: string
  /** Words at the right end of the upper edge; omitted if they do not fit. */
  readonly right?: string
  readonly rows: readonly string[]
  /** Set for the panel that receives keys: its frame is highlighted. */
  readonly focused?: boolean
}

/** Corners, horizontal and vertical edge. */
const light = ['╭', '╮', '╰', '╯', '─', '│'] as const
/** Frame of the focused panel if there is no colour. */
const double = ['╔', '╗', '╚', '╝', '═', '║'] as const
const letters = ['+', '+', '+', '+', '-', '|'] as const
const boldLetters = ['#', '#', '#', '#', '=', '|'] as const

/** Inner size of a panel. */
export function inside({ columns, rows }: Size): Size {
  return { columns: Math.max(0, columns - 2), rows: Math.max(0, rows - 2) }
}

/** Draws a panel in exactly this size. */
export function panel({ title = '', right = '', rows, focused = false }: Panel, size: Size, style: Style): string[] {
  const inner = inside(size)
  const ink = focused ? style.ink.accent : style.ink.dim
  const [, , lowerLeft, lowerRight, across, down] = edgesOf(focused, style)
  const side = applyInk(down, ink)
  const content = clip(rows, inner).map((row) => side + (style.charset === 'ascii' ? toAscii(row) : row) + side)
  const below = applyInk(lowerLeft + across.repeat(inner.columns) + lowerRight, ink)
  const frame = [upperEdge(title, right, inner.columns, focused, style), ...content, below]
  // Too small for a frame with contents: cut both.
  return size.columns < 2 || size.rows < 2 ? frame.slice(0, size.rows).map((row) => slice(row, 0, size.columns)) : frame
}

function edgesOf(
  focused: boolean,
  { depth, charset }: Style,
): typeof light | typeof double | typeof letters | typeof boldLetters {
  if (charset === 'ascii') return focused && depth === 1 ? boldLetters : letters
  return focused && depth === 1 ? double : light
}

/** Upper edge with the title and the right words. */
function upperEdge(title: string, right: string, columns: number, focused: boolean, style: Style): string {
  const ink: Ink = focused ? style.ink.accent : style.ink.dim
  const [upperLeft, upperRight, , , across] = edgesOf(focused, style)
  const words = (text: string) => (style.charset === 'ascii' ? toAscii(text) : text)
  const edge = (cells: number) => applyInk(across.repeat(Math.max(0, cells)), ink)
  const room = columns - 4
  const titleText = title === '' || room < 1 ? '' : ` ${style.bold(words(fit(title, Math.min(width(title), room))))} `
  const rightText = right === '' || width(titleText) + width(right) + 6 > columns ? '' : ` ${words(right)} `
  const gap = columns - 1 - width(titleText) - width(rightText) - (rightText === '' ? 0 : 1)
  return (
    applyInk(upperLeft, ink) +
    edge(Math.min(1, columns)) +
    titleText +
    edge(gap) +
    rightText +
    edge(rightText === '' ? 0 : 1) +
    applyInk(upperRight, ink)
  )
}
