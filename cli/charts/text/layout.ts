/** Layout of blocks of rows: side by side, stacked, overlaid. */

import { fit, slice, width } from '../../base/text.js'
import type { Size } from './surface.js'

/** Fits rows to exactly this size: cut, or filled with spaces. */
export function clip(rows: readonly string[], { columns, rows: count }: Size): string[] {
  return Array.from({ length: Math.max(0, count) }, (_, row) => fit(rows[row] ?? '', Math.max(0, columns)))
}

/** Joins blocks side by side, `gap` cells apart; shorter blocks are filled with blank rows. */
export function beside(blocks: readonly (readonly string[])[], gap = 0): string[] {
  const rows = Math.max(0, ...blocks.map((block) => block.length))
  const blanks = blocks.map((block) => ' '.repeat(block.length < rows ? Math.max(0, ...block.map(width)) : 0))
  return Array.from({ length: rows }, (_, row) =>
    blocks.map((block, i) => block[row] ?? blanks[i] ?? '').join(' '.repeat(gap)),
  )
}

/** Stacks blocks in exactly this size. */
export function stack(blocks: readonly (readonly string[])[], size: Size): string[] {
  return clip(blocks.flat(), size)
}

/** Overlays a box on rows, its upper left cell at (x, y); clips it to the rows. */
export function overlay(rows: readonly string[], box: readonly string[], x: number, y: number): string[] {
  return rows.map((row, i) => {
    const over = box[i - y]
    if (over === undefined) return row
    const columns = width(row)
    const shown = slice(over, Math.max(0, -x), columns - x)
    const from = Math.max(0, x)
    return slice(row, 0, from) + shown + slice(row, from + width(shown), columns)
  })
}

/** Overlays a box in the middle of the rows. */
export function overlayCentred(rows: readonly string[], box: readonly string[]): string[] {
  const x = Math.floor((width(rows[0] ?? '') - width(box[0] ?? '')) / 2)
  return overlay(rows, box, Math.max(0, x), Math.max(0, Math.floor((rows.length - box.length) / 2)))
}
