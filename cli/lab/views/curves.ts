/** The losses of a run as curves, above each other. */

import type { Style } from '../../base/style.js'
import { ends } from '../../base/text.js'
import { type LineChart, lines, type Point, type Reference } from '../../charts/text/lines.js'
import type { Size } from '../../charts/text/surface.js'
import { endOf, placeOn } from '../state/axis.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { elbo, kl, klShare, type Metric, reconstruction } from '../state/metrics.js'
import { Kept } from './kept.js'

/** A curve: of which loss, what is written over it, and how much of the height it is given. */
interface Curve {
  readonly metric: Metric
  readonly title: string
  readonly weight: number
  /** As it was drawn last. */
  readonly drawn: Kept<LabRun>
}

/** In the order in which they are given room. */
const curves: readonly Curve[] = [
  { metric: reconstruction, title: reconstruction.title, weight: 3, drawn: new Kept() },
  { metric: kl, title: `${kl.title} nats`, weight: 2, drawn: new Kept() },
  { metric: elbo, title: elbo.title, weight: 2, drawn: new Kept() },
  { metric: klShare, title: klShare.title, weight: 2, drawn: new Kept() },
]

/** Curves creep: drawn twice in a second of training they look no less alive, and are most of what a frame costs. */
const drawingsPerSecond = 2

/** Fewer rows than that show no shape. */
const fewestRows = 6

/** As many of the curves as there is room for, in exactly this size. */
export function curveRows(lab: Lab, run: LabRun, { columns, rows }: Size, style: Style): string[] {
  const shown = curves.slice(0, Math.max(1, Math.min(curves.length, Math.floor(rows / fewestRows))))
  const all = shown.reduce((sum, { weight }) => sum + weight, 0)
  let left = rows
  return shown.flatMap((one, i) => {
    const last = i === shown.length - 1
    const height = last ? left : Math.floor((rows * one.weight) / all)
    left -= height
    return curveOf(lab, run, one, last, { columns, rows: height }, style)
  })
}

/** One loss: its name, what it is now, and its curve. */
function curveOf(lab: Lab, run: LabRun, one: Curve, last: boolean, size: Size, style: Style): string[] {
  const { metric, title } = one
  const { log, smoothing, axis } = lab.charts
  const { curve, epochs, marks, measured, start } = run.history
  const now = measured === undefined ? '' : metric.text(metric.of(measured))
  const words = [log ? 'log' : '', smoothing > 0 ? `smooth ${smoothing}` : '', now]
  const head = ends(style.dim(title), words.filter(Boolean).join('  '), size.columns)
  const room = { columns: size.columns, rows: size.rows - 1 }
  const looks = [room.columns, room.rows, last, log, smoothing, axis, style.depth, style.charset]
  const { seconds = 0, step = 0 } = curve.points.at(-1) ?? {}
  // In a pause and at the end the last step is shown too.
  const goes = run.live && run.standing !== 'paused'
  const moment = goes ? Math.floor(seconds * drawingsPerSecond) : step
  const news = [goes, moment, epochs.length, marks.length, start?.step, run.stepsPerEpoch]
  return [head, ...one.drawn.of(run, [...looks, ...news], () => lines(chartOf(lab, run, metric, last), room, style))]
}

/** Batches as they come, and what every epoch measured on the validation data. */
function chartOf(lab: Lab, run: LabRun, metric: Metric, last: boolean): LineChart {
  const { curve, epochs, marks } = run.history
  const x = placeOn(lab.charts.axis, run)
  const batches: Point[] = curve.points.map((point) => [x(point), metric.of(point)])
  const validated: Point[] = epochs.flatMap((epoch) =>
    epoch.validation === undefined ? [] : [[x(epoch), metric.of(epoch.validation)] as const],
  )
  const end = endOf(lab.charts.axis, run)
  return {
    series: [
      { points: batches, colour: 0 },
      { points: validated, colour: 1, dashed: false },
    ],
    x: { ...(end !== undefined && { domain: [0, end] as const }) },
    y: { log: lab.charts.log },
    xAxis: last,
    smooth: lab.charts.smoothing,
    references: references(run, metric),
    marks: marks.map(({ label, ...moment }) => ({ x: x(moment), name: label })),
  }
}

/** What a reconstruction term is judged by. */
function references({ history: { start } }: LabRun, metric: Metric): Reference[] {
  if (metric !== reconstruction || start === undefined) return []
  const floor = start.floor === undefined ? [] : [{ y: start.floor, name: 'floor' }]
  return [{ y: start.ceiling, name: 'ceiling' }, ...floor]
}
