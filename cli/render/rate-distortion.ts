/** Runs by their rate and distortion: the KL term across, the reconstruction term up, and the front of those none beats. */
import { axes, type Plot } from './axes.js'
import { Canvas } from './canvas.js'
import { type Cell, caption } from './captions.js'
import { paretoFront } from './pareto.js'
import type { Interval } from './scale.js'
import type { Style } from './style.js'
import { type Size, Surface } from './surface.js'
import { width } from './text.js'

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
  canvas.paintOn(surface, style.charset, plot.left)
  const cells = points.map((point): Cell => {
    const [dotX, dotY] = dot(plot, point)
    return [plot.left + (dotX >> 1), dotY >> 2]
  })
  points.forEach(({ colour }, i) => {
    const cell = cells[i]
    if (cell !== undefined) surface.put(...cell, front.includes(i) ? '●' : '○', style.series(colour))
  })
  points.forEach(({ name, colour }, i) => {
    const [column, row] = cells[i] ?? [0, 0]
    const words = front.includes(i) ? `${name} ★` : name
    const rows = [0, -1, 1].map((away) => row + away).filter((y) => y >= 0 && y < plot.rows)
    const places = rows.flatMap((y): Cell[] => [
      [column + 1, y],
      [column - width(words), y],
    ])
    caption(surface, words, style.series(colour), places)
  })
  return surface.toRows(style)
}

function dot(plot: Plot, { kl, reconstruction }: RatePoint): [x: number, y: number] {
  return [plot.dotX(kl), plot.dotY(reconstruction)]
}

/** All values, with a little room about them. */
function around(values: readonly number[]): Interval {
  if (values.length === 0) return [0, 1]
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const margin = high > low ? 0.04 * (high - low) : Math.max(0.5, 0.1 * Math.abs(high))
  return [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin]
}
