/** Line chart over steps or epochs, with reference values and marks of user actions. */

import type { Style } from '../../base/style.js'
import { applyInk, fit, type Ink, width } from '../../base/text.js'
import { nats } from '../format.js'
import { toAscii } from './ascii.js'
import { type Axis, axes, type Plot } from './axes.js'
import { Canvas, type Dash, solid } from './canvas.js'
import { type Cell, caption, endingAt } from './captions.js'
import { drawCurve, type Point, spanOf, thin } from './curve.js'
import { type Bounds, limits } from './scale.js'
import { smooth } from './smooth.js'
import { type Size, Surface } from './surface.js'

export type { Point } from './curve.js'

/** Curve of a line chart. */
export interface LineSeries {
  /** Name at its right end; default none. */
  readonly name?: string
  /** Points in any order; a y that is not finite leaves a gap. */
  readonly points: readonly Point[]
  /** Index of its palette colour; default its index among the series. */
  readonly colour?: number
  /** Set for dashes; default solid with colour, and a pattern of its own without. */
  readonly dashed?: boolean
}

/** Reference value for the curves: a floor, a ceiling. */
export interface ReferenceLine {
  readonly y: number
  readonly name: string
}

/** User action at an x: `β 5→3`. */
export interface Mark {
  readonly x: number
  readonly name: string
}

/** Contents and options of a line chart. */
export interface LineChart {
  readonly series: readonly LineSeries[]
  /** Axis of x; default domain the range of the points. */
  readonly x?: Partial<Axis>
  /** Set to draw the axis of x; default true. Stacked charts need only one. */
  readonly xAxis?: boolean
  /** Axis of y; default domain all but outliers, see {@link limits}. */
  readonly y?: Partial<Axis>
  /** α of {@link smooth}; default 0, no smoothing. */
  readonly smooth?: number
  readonly references?: readonly ReferenceLine[]
  readonly marks?: readonly Mark[]
  /** Extreme of each curve to mark; default neither. */
  readonly best?: 'lowest' | 'highest'
}

/** Dashes of the series, in order, if there is no colour. */
const patterns: readonly Dash[] = [solid, [4, 3], [1, 2], [8, 4], [2, 4]]
const dashed: Dash = [3, 3]
const dotted: Dash = [1, 3]

/** Rows below which the curves take all the room. */
const rowsForWords = 5

/** Draws a line chart in exactly this size. */
export function lines(chart: LineChart, size: Size, style: Style): string[] {
  const { references = [], marks = [], best, xAxis = true } = chart
  const x: Axis = { ...chart.x, domain: chart.x?.domain ?? spanOf(chart.series.map(({ points }) => points)) }
  const curves = chart.series.map((one, i) => curveOf(one, i, chart, x.domain, size, style))
  const y: Axis = { ...chart.y, domain: chart.y?.domain ?? limitsOfAll(curves, chart.y?.log) }
  const shown = ({ y: value }: ReferenceLine) => value >= y.domain[0] && value <= y.domain[1]
  const hidden = references.filter((reference) => !shown(reference))
  const words = hidden.length > 0 && size.rows >= rowsForWords ? 1 : 0

  const surface = new Surface({ columns: size.columns, rows: size.rows - words })
  const plot = axes(surface, { x, y, xAxis }, style)
  const scene = { surface, plot, style }
  // From front to back: later layers take the remaining cells.
  const canvas = new Canvas(plot)
  for (const { points, ink, dash } of curves) drawCurve(canvas, plot, points, ink, dash)
  canvas.paintOn(surface, style.charset, { x: plot.left })
  if (best !== undefined) for (const curve of curves) drawBest(scene, curve, best)
  for (const curve of curves) nameCurve(scene, curve)
  for (const mark of marks) nameMark(scene, mark)
  for (const reference of references.filter(shown)) nameReference(scene, reference)
  drawBehind(scene, references.filter(shown), marks)
  return [...surface.toRows(style), ...(words === 0 ? [] : [referenceRow(hidden, y, plot.left, size.columns, style)])]
}

interface Scene {
  readonly surface: Surface
  readonly plot: Plot
  readonly style: Style
}

/** Curve ready to draw. */
interface PlottedCurve {
  readonly name: string
  readonly points: readonly Point[]
  readonly ink: Ink
  readonly dash: Dash
}

function curveOf(one: LineSeries, i: number, chart: LineChart, domain: Bounds, size: Size, style: Style): PlottedCurve {
  const { name = '', colour = i } = one
  const points = smoothPoints(one.points, chart.smooth ?? 0)
  const dash = style.depth === 1 ? (patterns[i % patterns.length] ?? solid) : solid
  return {
    name,
    points: thin(points, domain, Math.max(2, size.columns * 2)),
    ink: style.series(colour),
    dash: one.dashed === true ? dashed : dash,
  }
}

function smoothPoints(points: readonly Point[], alpha: number): readonly Point[] {
  if (!(alpha > 0)) return points
  const averages = smooth(
    points.map(([, y]) => y),
    alpha,
  )
  return points.map(([x], at) => [x, averages[at] ?? Number.NaN])
}

/** Limits of y for all curves; outliers are found per curve. */
function limitsOfAll(curves: readonly PlottedCurve[], log = false): Bounds {
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

/** Writes `β 5→3` beside its line, as high as possible. */
function nameMark({ surface, plot, style }: Scene, { x, name }: Mark): void {
  const column = plot.left + (plot.dotX(x) >> 1)
  if (column < plot.left || column >= plot.left + plot.columns) return
  const places = Array.from({ length: plot.rows }, (_, row): Cell[] => [
    [column + 1, row],
    [column - width(name), row],
  ])
  caption(surface, name, style.ink.mark, places.flat())
}

/** Marks the best value so far. */
function drawBest({ surface, plot }: Scene, { points, ink }: PlottedCurve, best: 'lowest' | 'highest'): void {
  const sign = best === 'lowest' ? 1 : -1
  let found: Point | undefined
  for (const point of points)
    if (Number.isFinite(point[1]) && (found === undefined || sign * point[1] < sign * found[1])) found = point
  if (found === undefined) return
  const [x, y] = [plot.dotX(found[0]) >> 1, plot.dotY(found[1]) >> 2]
  if (x >= 0 && x < plot.columns && y >= 0 && y < plot.rows) surface.put(plot.left + x, y, '◆', ink)
}

/** Writes the name of a curve after its end, or else above or below. */
function nameCurve({ surface, plot }: Scene, { name, points, ink }: PlottedCurve): void {
  const last = points.findLast(([, y]) => Number.isFinite(y))
  if (last === undefined || name === '') return
  // A space separates it from the curves.
  const [words, cells] = [` ${name}`, width(name) + 1]
  const [x, y] = [plot.left + (plot.dotX(last[0]) >> 1), Math.min(plot.rows - 1, Math.max(0, plot.dotY(last[1]) >> 2))]
  caption(surface, words, ink, surface.isBlank(x + 1, y, cells) ? [[x + 1, y]] : endingAt(x + 1, y, cells, plot.rows))
}

/** Writes `floor 45.5` on its line, or next to it if a curve is in the way. */
function nameReference({ surface, plot, style }: Scene, { y, name }: ReferenceLine): void {
  const words = ` ${name} ${nats(y)} `
  const row = Math.min(plot.rows - 1, plot.dotY(y) >> 2)
  const columns = Array.from({ length: Math.max(0, plot.columns - width(words)) }, (_, i) => plot.left + i + 1)
  const places = [row, row + 1, row - 1].flatMap((y) => columns.map((x): Cell => [x, y]))
  caption(surface, words, style.ink.dim, places)
}

/** Draws the lines behind the curves: references across, marks down. */
function drawBehind(
  { surface, plot, style }: Scene,
  references: readonly ReferenceLine[],
  marks: readonly Mark[],
): void {
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

/** Row of the references beyond the ends of the axis: `ceiling 205.8 ↑   floor 45.5 ↓`. */
function referenceRow(
  hidden: readonly ReferenceLine[],
  { domain }: Axis,
  left: number,
  columns: number,
  style: Style,
): string {
  const words = hidden.map(({ y, name }) => `${name} ${nats(y)} ${y > domain[1] ? '↑' : '↓'}`)
  const row = fit(' '.repeat(left) + words.join('   '), columns)
  return applyInk(style.charset === 'ascii' ? toAscii(row) : row, style.ink.dim)
}
