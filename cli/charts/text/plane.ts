/** Plane of two latent dimensions on cells, with one scale for both axes. */
import { finiteOf, quantile } from './quantile.js'
import type { Bounds } from './scale.js'
import type { Size } from './surface.js'

/** Minimum visible part of the plane. */
export interface Domain {
  readonly x: Bounds
  readonly y: Bounds
}

/** Mapping of the plane to the cells of a chart; cells and dots count from the upper left. */
export interface Plane {
  readonly size: Size
  /** Visible part: the requested domain, extended in the direction with room to spare. */
  readonly domain: Domain
  /** Dots per unit. */
  readonly scale: number
  /** Dot of a point; outside the chart for points outside it. */
  dot(x: number, y: number): [x: number, y: number]
  /** Point in the middle of a cell. */
  at(column: number, row: number): [x: number, y: number]
}

/** Plane with this domain in its middle, as large as fits. */
export function planeOf({ x, y }: Domain, size: Size): Plane {
  const [width, height] = [Math.max(1, size.columns * 2), Math.max(1, size.rows * 4)]
  const scale = Math.min(width / (x[1] - x[0]), height / (y[1] - y[0]))
  const [left, top] = [(x[0] + x[1]) / 2 - width / 2 / scale, (y[0] + y[1]) / 2 + height / 2 / scale]
  return {
    size,
    domain: { x: [left, left + width / scale], y: [top - height / scale, top] },
    scale,
    dot: (px, py) => [Math.floor((px - left) * scale), Math.floor((top - py) * scale)],
    at: (column, row) => [left + (column * 2 + 1) / scale, top - (row * 4 + 2) / scale],
  }
}

/** Default domain of points: all but the outermost 0.5 % on each side, and the prior to 2 σ. */
export function domainOf(x: ArrayLike<number>, y: ArrayLike<number>): Domain {
  return { x: reach(x), y: reach(y) }
}

function reach(values: ArrayLike<number>): Bounds {
  const finite = finiteOf(values)
  const [low, high] = [quantile(finite, 0.005), quantile(finite, 0.995)]
  const margin = 0.05 * (high - low)
  return [Math.min(-2.1, low - margin), Math.max(2.1, high + margin)]
}
