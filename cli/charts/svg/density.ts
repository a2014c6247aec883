/** q(z|x) as a raster, with a draw from it: figure 4 of the paper, on its right. */
import * as Plot from '@observablehq/plot'
import { toPng } from '../../../index.js'
import { chart } from './chart.js'
import { element } from './element.js'
import { type Points, points } from './points.js'
import type { Interval } from './scatter.js'

/** A family of q(z|x) that has a density. */
export type Family = 'gaussian' | 'laplace' | 'uniform'

/** One posterior in a plane of two latent dimensions. */
export interface DensityOptions {
  readonly mean: readonly [x: number, y: number]
  readonly standardDeviation: readonly [x: number, y: number]
  readonly family: Family
  /** The z that was drawn. */
  readonly draw?: readonly [x: number, y: number]
  /** The ends of each axis; default four standard deviations (the wider of both) to either side of the mean. */
  readonly domain?: { readonly x: Interval; readonly y: Interval }
  /** Other codes to see it among; they are white. */
  readonly points?: Points
  readonly title?: string
  readonly xLabel?: string
  readonly yLabel?: string
  /** In pixels, of the whole figure; default 460. */
  readonly width?: number
}

/** Cells along each axis. */
const cells = 160

/** The raster as a whole SVG document: dark where the density is 0, yellow at its highest. */
export function density(options: DensityOptions): string {
  const { mean, standardDeviation, draw, title, xLabel = 'z0', yLabel = 'z1', width = 460 } = options
  const reach = 4 * Math.max(...standardDeviation)
  const around = (centre: number): Interval => [centre - reach, centre + reach]
  const { x, y } = options.domain ?? { x: around(mean[0]), y: around(mean[1]) }
  const axis = (label: string, domain: Interval): Plot.ScaleOptions => ({
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

/** A mark that fills the frame with a PNG. */
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

/** The density over the plane, relative to its highest value, in colours. */
function picture({ mean, standardDeviation, family }: DensityOptions, x: Interval, y: Interval): Uint8Array {
  const data = new Float32Array(cells * cells * 3)
  const along = ([low, high]: Interval, cell: number) => low + ((cell + 0.5) / cells) * (high - low)
  const factor = (axis: 0 | 1, interval: Interval) =>
    Float64Array.from({ length: cells }, (_, cell) =>
      relative(family, (along(interval, cell) - mean[axis]) / standardDeviation[axis]),
    )
  const [across, down] = [factor(0, x), factor(1, y)]
  for (let row = 0; row < cells; row++) {
    for (let column = 0; column < cells; column++) {
      // Rows of a picture go down, the axis goes up.
      const value = (across[column] ?? 0) * (down[cells - 1 - row] ?? 0)
      data.set(colour(value), (row * cells + column) * 3)
    }
  }
  return toPng({ data, shape: [cells, cells, 3] })
}

/** The density of one dimension relative to that at its mean, `u` standard deviations away. */
export function relative(family: Family, u: number): number {
  if (family === 'gaussian') return Math.exp(-(u ** 2) / 2)
  // A Laplace distribution has the variance 2b², a uniform one of half width a has a²/3.
  if (family === 'laplace') return Math.exp(-Math.SQRT2 * Math.abs(u))
  return Math.abs(u) <= Math.sqrt(3) ? 1 : 0
}

const { apply } = Plot.scale({ color: { type: 'linear', scheme: 'viridis', domain: [0, 1] } }) ?? {}

/** A share of 1 as red, green and blue in [0, 1]. */
function colour(share: number): number[] {
  const text = String(apply?.(share) ?? '#000000')
  const hex = /^#(..)(..)(..)$/
    .exec(text)
    ?.slice(1)
    .map((pair) => Number.parseInt(pair, 16))
  return (hex ?? (text.match(/\d+/g) ?? []).map(Number)).map((part) => part / 255)
}
