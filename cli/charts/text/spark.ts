/** Curves in one row of text. */
import type { Charset } from '../../base/style.js'

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const letters = ['_', '.', '-', '~', '=', '+', '*', '#']

/** Draws one character per value, scaled from the lowest to the highest; a dot (ASCII: a space) if not finite. */
export function sparkline(values: readonly number[], charset: Charset = 'braille'): string {
  const heights = charset === 'ascii' ? letters : blocks
  const finite = values.filter(Number.isFinite)
  const low = Math.min(...finite)
  const span = Math.max(...finite) - low
  return values
    .map((value) => {
      if (!Number.isFinite(value)) return charset === 'ascii' ? ' ' : '·'
      return heights[span > 0 ? Math.round(((value - low) / span) * 7) : 0] ?? ''
    })
    .join('')
}

/**
 * Draws the values in exactly `cells`, each cell the mean of its values.
 *
 * @param length Expected number of values; missing ones are dots. Default the number of `values`.
 */
export function sparkCells(
  values: readonly number[],
  cells: number,
  charset: Charset = 'braille',
  length = values.length,
): string {
  const all = Math.max(length, values.length, 1)
  const means = Array.from({ length: Math.max(0, cells) }, (_, cell) => {
    const from = Math.floor((cell / cells) * all)
    const within = values
      .slice(from, Math.max(from + 1, Math.floor(((cell + 1) / cells) * all)))
      .filter(Number.isFinite)
    return within.reduce((sum, value) => sum + value, 0) / within.length
  })
  return sparkline(means, charset)
}
