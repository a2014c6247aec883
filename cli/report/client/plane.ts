/** Geometry of the latent plane on the screen: mapping of z to pixels, and hit testing. */
import type { ExplorerData } from './data.js'

/** Margins of the frame in pixels, for ticks and names. */
export const margin = { left: 34, right: 8, top: 8, bottom: 30 }

/** Plane in a square of `size` pixels. */
export interface Plane {
  readonly size: number
  toPixel(x: number, y: number): [px: number, py: number]
  /** Converts pixels to a place, clamped to the frame. */
  toPlane(px: number, py: number): [x: number, y: number]
}

/** Plane of these axes in a square. */
export function planeOf({ domain }: Pick<ExplorerData, 'domain'>, size: number): Plane {
  const [[left, right], [bottom, top]] = domain
  const [wide, high] = [size - margin.left - margin.right, size - margin.top - margin.bottom]
  const share = (part: number) => Math.min(1, Math.max(0, part))
  return {
    size,
    toPixel: (x, y) => [
      margin.left + ((x - left) / (right - left)) * wide,
      margin.top + ((top - y) / (top - bottom)) * high,
    ],
    toPlane: (px, py) => [
      left + share((px - margin.left) / wide) * (right - left),
      top - share((py - margin.top) / high) * (top - bottom),
    ],
  }
}

/** Index of the nearest of the points (pixels, x and y in turns) within `reach` of a place; undefined for none. */
export function nearest(points: Float32Array, px: number, py: number, reach: number): number | undefined {
  let [found, minDistance] = [-1, reach * reach]
  for (let i = 0; i < points.length / 2; i++) {
    const distance = ((points[2 * i] as number) - px) ** 2 + ((points[2 * i + 1] as number) - py) ** 2
    if (distance <= minDistance) [found, minDistance] = [i, distance]
  }
  return found < 0 ? undefined : found
}

/** About five round numbers between the ends. */
export function ticksBetween([low, high]: readonly [number, number]): number[] {
  const rough = (high - low) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5].find((factor) => factor * power >= 0.7 * rough) ?? 10) * power
  const first = Math.ceil(low / step)
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(6)),
  )
}
