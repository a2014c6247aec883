/** Curves of a chart: thinned to its resolution, then drawn as dots. */

import type { Ink } from '../../base/text.js'
import type { Plot } from './axes.js'
import type { Canvas, Dash } from './canvas.js'
import type { Bounds } from './scale.js'

/** Point of a curve. */
export type Point = readonly [x: number, y: number]

/**
 * Thins a curve to at most `places` points, from the left. Points that share a place are averaged, so that a long run
 * does not become a smear. A place without finite values is a gap, with y = NaN.
 */
export function thin(points: readonly Point[], [low, high]: Bounds, places: number): Point[] {
  const sums = new Float64Array(places)
  const finite = new Uint32Array(places)
  const seen = new Uint8Array(places)
  for (const [x, y] of points) {
    const place = Math.round(((x - low) / (high - low)) * (places - 1))
    if (!(place >= 0 && place < places)) continue
    seen[place] = 1
    if (!Number.isFinite(y)) continue
    sums[place] = (sums[place] ?? 0) + y
    finite[place] = (finite[place] ?? 0) + 1
  }
  const curve: Point[] = []
  for (let place = 0; place < places; place++) {
    const n = finite[place] ?? 0
    const x = low + (place / Math.max(1, places - 1)) * (high - low)
    if (seen[place] === 1) curve.push([x, n === 0 ? Number.NaN : (sums[place] ?? 0) / n])
  }
  return curve
}

/** Range of x over all curves. */
export function spanOf(curves: readonly (readonly Point[])[]): Bounds {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const curve of curves)
    for (const [x] of curve) {
      if (x < low) low = x
      if (x > high) high = x
    }
  return high > low ? [low, high] : Number.isFinite(low) ? [low, low + 1] : [0, 1]
}

/** Draws the curve, clipped to the plot. */
export function drawCurve(canvas: Canvas, plot: Plot, curve: readonly Point[], ink: Ink, dash: Dash): void {
  let before: [x: number, y: number] | undefined
  let phase = 0
  for (const [x, y] of curve) {
    const dot: [number, number] = [plot.dotX(x), plot.dotY(y)]
    const finite = Number.isFinite(dot[1])
    if (finite) phase = canvas.line(...(before ?? dot), ...dot, ink, dash, phase)
    before = finite ? dot : undefined
  }
}
