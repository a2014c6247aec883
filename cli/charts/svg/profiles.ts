/** Sheets of vectors as small curves. */
import type { Tensor, ValueRange } from '../../../index.js'
import { palette } from '../../base/palette.js'
import { widthOf } from '../shown.js'
import { type CellOptions, cells } from './cells.js'
import { drawing, number } from './svg.js'

const [width, height, gap] = [72, 54, 8]

/**
 * Draws vectors side by side, each as a curve over its values, in a whole SVG document.
 *
 * @param vectors (n, length)
 * @param ranges Values at the bottom and the top: one range for all places of a vector, or one for each.
 */
export function profiles(vectors: Tensor, ranges: readonly ValueRange[], options: CellOptions): string {
  const [n = 0, length = 0] = vectors.shape
  const layout = cells(n, { width, height, gap }, options)
  const drawn = Array.from({ length: n }, (_, i) => {
    const place = layout.at(i)
    return frame(...place) + curve(vectors.data.subarray(i * length, (i + 1) * length), ranges, ...place)
  })
  return drawing(layout.width, layout.height, layout.words + drawn.join(''), options.title)
}

function frame(x: number, y: number): string {
  const place = `x="${number(x)}" y="${number(y)}" width="${width}" height="${height}"`
  return `<rect ${place} fill="none" stroke="currentColor" stroke-opacity="0.2"/>`
}

function curve(values: Float32Array, ranges: readonly ValueRange[], x: number, y: number): string {
  const share = (value: number, i: number) => {
    const range = ranges[i] ?? ranges[0] ?? [0, 1]
    return Math.min(1, Math.max(0, (value - range[0]) / widthOf(range)))
  }
  const points = Array.from(values, (value, i) => {
    const across = values.length === 1 ? 0.5 : i / (values.length - 1)
    return `${number(x + 3 + across * (width - 6))} ${number(y + 3 + (1 - share(value, i)) * (height - 6))}`
  })
  // Draws a single value as a point: a zero-length line with round ends.
  const line = points.length === 1 ? `M${points[0]}h0` : `M${points.join('L')}`
  const pen = `stroke-width="${points.length === 1 ? 5 : 1.5}" stroke-linecap="round" stroke-linejoin="round"`
  return `<path d="${line}" fill="none" stroke="${palette[0]}" ${pen}/>`
}
