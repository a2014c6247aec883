/** Raster of q(z|x) with a draw from it: right part of figure 4 of the paper. */
import * as Plot from '@observablehq/plot'
import { toPng } from '../../../index.js'
import type { Bounds } from '../text/scale.js'
import { chart } from './chart.js'
import { element } from './element.js'
import { type PlotPoints, points } from './points.js'

/** Families of q(z|x) with a density. */
export type Family = 'gaussian' | 'laplace' | 'uniform'

/** Options of the density of one posterior in two latent dimensions. */
export interface DensityOptions {
  readonly mean: readonly [x: number, y: number]
  readonly standardDeviation: readonly [x: number, y: number]
  readonly family: Family
  /** Drawn z. */
  readonly draw?: readonly [x: number, y: number]
  /** Ends of each axis; default four standard deviations (the larger of both) to either side of the mean. */
  readonly domain?: { readonly x: Bounds; readonly y: Bounds }
  /** Other codes, drawn in white. */
  readonly points?: PlotPoints
  readonly title?: string
  readonly xLabel?: string
  readonly yLabel?: string
  /** Width of the whole figure in pixels; default 460. */
  readonly width?: number
}

/** Cells along each axis. */
const cells = 160

/** Draws the raster as a whole SVG document: dark at density 0, yellow at the highest. */
export function density(options: DensityOptions): string {
  const { mean, standardDeviation, draw, title, xLabel = 'z0', yLabel = 'z1', width = 460 } = options
  const reach = 4 * Math.max(...standardDeviation)
  const around = (centre: number): Bounds => [centre - reach, centre + reach]
  const { x, y } = options.domain ?? { x: around(mean[0]), y: around(mean[1]) }
  const axis = (label: string, domain: Bounds): Plot.ScaleOptions => ({
    ...{ label, domain, ticks: 6, labelArrow: 'none', labelAnchor: 'center' },
  })
  return chart({
    width,
    height: width - 30 + (title === undefined ? 0 : 24),
    ...(title !== undefined && { title }),
    x: axis(xLabel, x),
    y: axis(yLabel, y),
    marks: [
      raster(picture(options, x, y)),
      ...(options.points === undefined ? [] : [points({ colour: '#ffffff', opacity: 0.4, ...options.points })]),
      Plot.frame({ strokeOpacity: 0.35 }),
      ...(draw === undefined
        ? []
        : [Plot.dot([draw], { x: '0', y: '1', r: 5, fill: '#000000', stroke: '#ffffff', strokeWidth: 1.5 })]),
    ],
  })
}

/** Mark that fills the frame with a PNG. */
function raster(png: Uint8Array): Plot.RenderFunction {
  return (_index, _scales, _values, dimensions, { document }) => {
    const { width, height, marginLeft, marginTop, marginRight, marginBottom } = dimensions
    return element(document, 'image', {
      x: marginLeft,
      y: marginTop,
      width: width - marginLeft - marginRight,
      height: height - marginTop - marginBottom,
      preserveAspectRatio: 'none',
      href: `data:image/png;base64,${Buffer.from(png).toString('base64')}`,
    })
  }
}

/** Density over the plane, relative to its highest value, as a coloured PNG. */
function picture({ mean, standardDeviation, family }: DensityOptions, x: Bounds, y: Bounds): Uint8Array {
  const data = new Float32Array(cells * cells * 3)
  const along = ([low, high]: Bounds, cell: number) => low + ((cell + 0.5) / cells) * (high - low)
  const factor = (axis: 0 | 1, interval: Bounds) =>
    Float64Array.from({ length: cells }, (_, cell) =>
      relativeDensity(family, (along(interval, cell) - mean[axis]) / standardDeviation[axis]),
    )
  const [across, down] = [factor(0, x), factor(1, y)]
  for (let row = 0; row < cells; row++) {
    for (let column = 0; column < cells; column++) {
      // Picture rows go down, the axis goes up.
      const value = (across[column] ?? 0) * (down[cells - 1 - row] ?? 0)
      data.set(colour(value), (row * cells + column) * 3)
    }
  }
  return toPng({ data, shape: [cells, cells, 3] })
}

/** Density of one dimension, `u` standard deviations from the mean, relative to its value at the mean. */
export function relativeDensity(family: Family, u: number): number {
  if (family === 'gaussian') return Math.exp(-(u ** 2) / 2)
  // The variance of a Laplace distribution is 2b², of a uniform one with half width a it is a²/3.
  if (family === 'laplace') return Math.exp(-Math.SQRT2 * Math.abs(u))
  return Math.abs(u) <= Math.sqrt(3) ? 1 : 0
}

const { apply } = Plot.scale({ color: { type: 'linear', scheme: 'viridis', domain: [0, 1] } }) ?? {}

/** Colour of a share of 1, as red, green and blue in [0, 1]. */
function colour(share: number): number[] {
  const text = String(apply?.(share) ?? '#000000')
  const hex = /^#(..)(..)(..)$/
    .exec(text)
    ?.slice(1)
    .map((pair) => Number.parseInt(pair, 16))
  return (hex ?? (text.match(/\d+/g) ?? []).map(Number)).map((part) => part / 255)
}
