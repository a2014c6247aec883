/** Runs by their rate and distortion: the KL term across, the reconstruction term up, and the front of those none beats. */

import type { Style } from '../../base/style.js'
import { width } from '../../base/text.js'
import { axes, type Plot } from './axes.js'
import { Canvas } from './canvas.js'
import type { Cell } from './captions.js'
import { paretoFront } from './pareto.js'
import type { Interval } from './scale.js'
import { type Size, Surface } from './surface.js'

/** A run as a point. */
export interface RatePoint {
  readonly name: string
  /** The rate, in nats. */
  readonly kl: number
  /** The distortion, in nats. */
  readonly reconstruction: number
  /** Which colour of the ten; default its place among the points. */
  readonly colour?: number
}

/** A rate–distortion plot in exactly so many rows and columns. */
export function rateDistortion(all: readonly RatePoint[], size: Size, style: Style): string[] {
  const points = all
    .map((point, i) => ({ ...point, colour: point.colour ?? i }))
    .filter(({ kl, reconstruction }) => Number.isFinite(kl) && Number.isFinite(reconstruction))
  const surface = new Surface(size)
  const x = { domain: around(points.map(({ kl }) => kl)), label: 'KL nats' }
  const y = { domain: around(points.map(({ reconstruction }) => reconstruction)) }
  const plot = axes(surface, { x, y }, style)
  const front = paretoFront(points.map(({ kl, reconstruction }) => [kl, reconstruction]))
  const canvas = new Canvas(plot)
  front.slice(1).forEach((to, i) => {
    const [from, until] = [points[front[i] ?? 0], points[to]]
    if (from === undefined || until === undefined) return
    canvas.line(...dot(plot, from), ...dot(plot, until), style.ink.dim)
  })
  canvas.paintOn(surface, style.charset, { x: plot.left })
  const taken = new Surface(surface)
  const shown = points.map(({ name, ...point }, i) => {
    const [dotX, dotY] = dot(plot, point)
    const [beaten, ink] = [!front.includes(i), style.series(point.colour)]
    return {
      at: [plot.left + (dotX >> 1), dotY >> 2] as const,
      ink,
      beaten,
      words: beaten || name === '' ? name : `${name} ★`,
    }
  })
  for (const { at, ink, beaten } of shown) {
    surface.put(...at, beaten ? '○' : '●', ink)
    taken.put(...at, '●')
  }
  for (const { at, ink, words } of shown) {
    const places = besidePoint(at, width(words), plot.rows)
    // Over the front where there is no other place, but never over a point or another name.
    const place =
      places.find((place) => surface.isBlank(...place, width(words))) ??
      places.find((place) => taken.isBlank(...place, width(words)))
    if (place === undefined) continue
    surface.put(...place, words, ink)
    taken.put(...place, '#'.repeat(width(words)))
  }
  return surface.toRows(style)
}

/** Right of a point and left of it, in its row or the next. */
function besidePoint([x, y]: Cell, cells: number, rows: number): Cell[] {
  return [y, y - 1, y + 1]
    .filter((row) => row >= 0 && row < rows)
    .flatMap((row): Cell[] => [
      [x + 1, row],
      [x - cells, row],
    ])
}

function dot(plot: Plot, { kl, reconstruction }: Omit<RatePoint, 'name'>): [x: number, y: number] {
  return [plot.dotX(kl), plot.dotY(reconstruction)]
}

/** All values, with a little room about them. */
function around(values: readonly number[]): Interval {
  if (values.length === 0) return [0, 1]
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const margin = high > low ? 0.04 * (high - low) : Math.max(0.5, 0.1 * Math.abs(high))
  return [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin]
}
