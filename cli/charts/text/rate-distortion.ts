/** Rate–distortion plot of runs: KL term across, reconstruction term up, and the Pareto front. */

import type { Style } from '../../base/style.js'
import { width } from '../../base/text.js'
import { axes, type Plot } from './axes.js'
import { Canvas } from './canvas.js'
import type { Cell } from './captions.js'
import { paretoFront } from './pareto.js'
import type { Bounds } from './scale.js'
import { type Size, Surface } from './surface.js'

/** Point of one run. */
export interface PlottedRate {
  readonly name: string
  /** Rate, in nats. */
  readonly kl: number
  /** Distortion, in nats. */
  readonly reconstruction: number
  /** Index of its palette colour; default its index among the points. */
  readonly colour?: number
}

/** Draws a rate–distortion plot in exactly this size. */
export function rateDistortion(all: readonly PlottedRate[], size: Size, style: Style): string[] {
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
    // Over the front if there is no other place, but never over a point or another name.
    const place =
      places.find((place) => surface.isBlank(...place, width(words))) ??
      places.find((place) => taken.isBlank(...place, width(words)))
    if (place === undefined) continue
    surface.put(...place, words, ink)
    taken.put(...place, '#'.repeat(width(words)))
  }
  return surface.toRows(style)
}

/** Places right and left of a point, in its row or a neighbouring one. */
function besidePoint([x, y]: Cell, cells: number, rows: number): Cell[] {
  return [y, y - 1, y + 1]
    .filter((row) => row >= 0 && row < rows)
    .flatMap((row): Cell[] => [
      [x + 1, row],
      [x - cells, row],
    ])
}

function dot(plot: Plot, { kl, reconstruction }: Omit<PlottedRate, 'name'>): [x: number, y: number] {
  return [plot.dotX(kl), plot.dotY(reconstruction)]
}

/** Range of the values with a small margin. */
function around(values: readonly number[]): Bounds {
  if (values.length === 0) return [0, 1]
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const margin = high > low ? 0.04 * (high - low) : Math.max(0.5, 0.1 * Math.abs(high))
  return [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin]
}
