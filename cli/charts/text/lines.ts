/** Curves over steps or epochs, with what they are judged by and what was done to them. */

import type { Style } from '../../base/style.js'
import { fit, type Ink, inked, width } from '../../base/text.js'
import { nats } from '../format.js'
import { toAscii } from './ascii.js'
import { type Axis, axes, type Plot } from './axes.js'
import { Canvas, type Dash, solid } from './canvas.js'
import { type Cell, caption, endingAt } from './captions.js'
import { drawCurve, type Point, spanOf, thinned } from './curve.js'
import { type Interval, limits } from './scale.js'
import { smooth } from './smooth.js'
import { type Size, Surface } from './surface.js'

export type { Point } from './curve.js'

/** One curve. */
export interface Series {
  /** Written at its right end; default not at all. */
  readonly name?: string
  /** Points of any order; one whose y is not finite leaves a gap. */
  readonly points: readonly Point[]
  /** Which colour of the ten; default its place among the series. */
  readonly colour?: number
  /** Default solid where there is colour, and a pattern of its own where there is none. */
  readonly dashed?: boolean
}

/** A value to judge curves by: a floor, a ceiling. */
export interface Reference {
  readonly y: number
  readonly name: string
}

/** Something that was done at an x: `β 5→3`. */
export interface Mark {
  readonly x: number
  readonly name: string
}

/** What a line chart shows and how. */
export interface LineChart {
  readonly series: readonly Series[]
  /** Default what the points span. */
  readonly x?: Partial<Axis>
  /** Whether the axis of x is drawn; default true. Charts that stand above each other need but one. */
  readonly xAxis?: boolean
  /** Default all but wild values, see {@link limits}. */
  readonly y?: Partial<Axis>
  /** α of {@link smooth}; default 0, none. */
  readonly smooth?: number
  readonly references?: readonly Reference[]
  readonly marks?: readonly Mark[]
  /** Marks the lowest or the highest value of each curve so far; default neither. */
  readonly best?: 'lowest' | 'highest'
}

/** The patterns of curves where no colour tells them apart, in the order of the series. */
const patterns: readonly Dash[] = [solid, [4, 3], [1, 2], [8, 4], [2, 4]]
const dashed: Dash = [3, 3]
const dotted: Dash = [1, 3]

/** Fewer rows than that are for the curves alone. */
const rowsForWords = 5

/** A line chart in exactly so many rows and columns. */
export function lines(chart: LineChart, size: Size, style: Style): string[] {
  const { references = [], marks = [], best, xAxis = true } = chart
  const x: Axis = { ...chart.x, domain: chart.x?.domain ?? spanOf(chart.series.map(({ points }) => points)) }
  const curves = chart.series.map((one, i) => curveOf(one, i, chart, x.domain, size, style))
  const y: Axis = { ...chart.y, domain: chart.y?.domain ?? limitsOfAll(curves, chart.y?.log) }
  const shown = ({ y: value }: Reference) => value >= y.domain[0] && value <= y.domain[1]
  const away = references.filter((reference) => !shown(reference))
  const words = away.length > 0 && size.rows >= rowsForWords ? 1 : 0

  const surface = new Surface({ columns: size.columns, rows: size.rows - words })
  const plot = axes(surface, { x, y, xAxis }, style)
  const scene = { surface, plot, style }
  // From the front to the back: what comes later takes the cells that are left.
  const canvas = new Canvas(plot)
  for (const { points, ink, dash } of curves) drawCurve(canvas, plot, points, ink, dash)
  canvas.paintOn(surface, style.charset, { x: plot.left })
  if (best !== undefined) for (const curve of curves) drawBest(scene, curve, best)
  for (const curve of curves) nameCurve(scene, curve)
  for (const mark of marks) nameMark(scene, mark)
  for (const reference of references.filter(shown)) nameReference(scene, reference)
  drawBehind(scene, references.filter(shown), marks)
  return [...surface.toRows(style), ...(words === 0 ? [] : [wordsOf(away, y, plot.left, size.columns, style)])]
}

interface Scene {
  readonly surface: Surface
  readonly plot: Plot
  readonly style: Style
}

/** A curve as it is drawn. */
interface Curve {
  readonly name: string
  readonly points: readonly Point[]
  readonly ink: Ink
  readonly dash: Dash
}

function curveOf(one: Series, i: number, chart: LineChart, domain: Interval, size: Size, style: Style): Curve {
  const { name = '', colour = i } = one
  const points = smoothed(one.points, chart.smooth ?? 0)
  const told = style.depth === 1 ? (patterns[i % patterns.length] ?? solid) : solid
  return {
    name,
    points: thinned(points, domain, Math.max(2, size.columns * 2)),
    ink: style.series(colour),
    dash: one.dashed === true ? dashed : told,
  }
}

function smoothed(points: readonly Point[], alpha: number): readonly Point[] {
  if (!(alpha > 0)) return points
  const averages = smooth(
    points.map(([, y]) => y),
    alpha,
  )
  return points.map(([x], at) => [x, averages[at] ?? Number.NaN])
}

/** What all curves need, each judged by itself: a wild value is wild among its own. */
function limitsOfAll(curves: readonly Curve[], log = false): Interval {
  const each = curves
    .filter(({ points }) => points.length > 0)
    .map(({ points }) =>
      limits(
        points.map(([, y]) => y),
        log,
      ),
    )
  if (each.length === 0) return limits([], log)
  return [Math.min(...each.map(([low]) => low)), Math.max(...each.map(([, high]) => high))]
}

/** `β 5→3` beside its line, as high up as there is room. */
function nameMark({ surface, plot, style }: Scene, { x, name }: Mark): void {
  const column = plot.left + (plot.dotX(x) >> 1)
  if (column < plot.left || column >= plot.left + plot.columns) return
  const places = Array.from({ length: plot.rows }, (_, row): Cell[] => [
    [column + 1, row],
    [column - width(name), row],
  ])
  caption(surface, name, style.ink.mark, places.flat())
}

/** The value that nothing measured so far is better than. */
function drawBest({ surface, plot }: Scene, { points, ink }: Curve, best: 'lowest' | 'highest'): void {
  const sign = best === 'lowest' ? 1 : -1
  let found: Point | undefined
  for (const point of points)
    if (Number.isFinite(point[1]) && (found === undefined || sign * point[1] < sign * found[1])) found = point
  if (found === undefined) return
  const [x, y] = [plot.dotX(found[0]) >> 1, plot.dotY(found[1]) >> 2]
  if (x >= 0 && x < plot.columns && y >= 0 && y < plot.rows) surface.put(plot.left + x, y, '◆', ink)
}

/** The name of a curve where it ends: behind it, or else above or below. */
function nameCurve({ surface, plot }: Scene, { name, points, ink }: Curve): void {
  const last = points.findLast(([, y]) => Number.isFinite(y))
  if (last === undefined || name === '') return
  // A space apart from the curves.
  const [words, cells] = [` ${name}`, width(name) + 1]
  const [x, y] = [plot.left + (plot.dotX(last[0]) >> 1), Math.min(plot.rows - 1, Math.max(0, plot.dotY(last[1]) >> 2))]
  caption(surface, words, ink, surface.isBlank(x + 1, y, cells) ? [[x + 1, y]] : endingAt(x + 1, y, cells, plot.rows))
}

/** `floor 45.5` on its line, or where a curve is in the way, next to it. */
function nameReference({ surface, plot, style }: Scene, { y, name }: Reference): void {
  const words = ` ${name} ${nats(y)} `
  const row = Math.min(plot.rows - 1, plot.dotY(y) >> 2)
  const columns = Array.from({ length: Math.max(0, plot.columns - width(words)) }, (_, i) => plot.left + i + 1)
  const places = [row, row + 1, row - 1].flatMap((y) => columns.map((x): Cell => [x, y]))
  caption(surface, words, style.ink.dim, places)
}

/** Lines that curves are seen against: references across, marks down. */
function drawBehind({ surface, plot, style }: Scene, references: readonly Reference[], marks: readonly Mark[]): void {
  const canvas = new Canvas(plot)
  for (const { y } of references) {
    const row = plot.dotY(y)
    canvas.line(0, row, canvas.width - 1, row, style.ink.dim, dotted)
  }
  for (const { x } of marks) {
    const column = plot.dotX(x)
    if (column >= 0 && column < canvas.width) canvas.line(column, 0, column, canvas.height - 1, style.ink.mark, [1, 1])
  }
  canvas.paintOn(surface, style.charset, { x: plot.left, under: true })
}

/** `ceiling 205.8 ↑   floor 45.5 ↓`: what lies beyond the ends of the axis, and where. */
function wordsOf(away: readonly Reference[], { domain }: Axis, left: number, columns: number, style: Style): string {
  const words = away.map(({ y, name }) => `${name} ${nats(y)} ${y > domain[1] ? '↑' : '↓'}`)
  const row = fit(' '.repeat(left) + words.join('   '), columns)
  return inked(style.charset === 'ascii' ? toAscii(row) : row, style.ink.dim)
}
