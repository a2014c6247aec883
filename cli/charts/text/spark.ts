/** A curve in one row of text. */
import type { Charset } from '../../base/style.js'

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const letters = ['_', '.', '-', '~', '=', '+', '*', '#']

/** One character per value, its height between the lowest and the highest; a dot where there is none. */
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
 * The values in exactly so many cells: each cell the mean of those that fall into it.
 *
 * @param length How many values there will be; those still to come are dots. Default as many as there are.
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
