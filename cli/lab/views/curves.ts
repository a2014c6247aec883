/** Loss curves of a run, above each other. */

import type { Style } from '../../base/style.js'
import { justify } from '../../base/text.js'
import { type LineChart, lines, type Point, type ReferenceLine } from '../../charts/text/lines.js'
import type { Size } from '../../charts/text/surface.js'
import { axisEnd, axisPosition } from '../state/axis.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { ObjectMemo } from '../state/memo.js'
import { elbo, kl, klShare, type Metric, reconstruction } from '../state/metrics.js'

/** Curve of a metric: its title, and its weight in the height. */
interface RunCurve {
  readonly metric: Metric
  readonly title: string
  readonly weight: number
  /** Memoised rows. */
  readonly memo: ObjectMemo<LabRun, string[]>
}

/** Curves by priority for room. */
const curves: readonly RunCurve[] = [
  { metric: reconstruction, title: reconstruction.title, weight: 3, memo: new ObjectMemo() },
  { metric: kl, title: `${kl.title} nats`, weight: 2, memo: new ObjectMemo() },
  { metric: elbo, title: elbo.title, weight: 2, memo: new ObjectMemo() },
  { metric: klShare, title: klShare.title, weight: 2, memo: new ObjectMemo() },
]

/** Redraws per second of training: curves change slowly and are most of a frame's cost. */
const drawingsPerSecond = 2

/** Minimum rows of a curve that shows a shape. */
const minRows = 6

/** Draws the curves that fit, in exactly this size. */
export function curveRows(lab: Lab, run: LabRun, { columns, rows }: Size, style: Style): string[] {
  const shown = curves.slice(0, Math.max(1, Math.min(curves.length, Math.floor(rows / minRows))))
  const all = shown.reduce((sum, { weight }) => sum + weight, 0)
  let left = rows
  return shown.flatMap((one, i) => {
    const last = i === shown.length - 1
    const height = last ? left : Math.floor((rows * one.weight) / all)
    left -= height
    return curveOf(lab, run, one, last, { columns, rows: height }, style)
  })
}

/** Draws one loss: its name, current value and curve. */
function curveOf(lab: Lab, run: LabRun, one: RunCurve, last: boolean, size: Size, style: Style): string[] {
  const { metric, title } = one
  const { log, smoothing, axis } = lab.charts
  const { curve, epochs, marks, measured, start } = run.history
  const now = measured === undefined ? '' : metric.text(metric.of(measured))
  const words = [log ? 'log' : '', smoothing > 0 ? `smooth ${smoothing}` : '', now]
  const head = justify(style.dim(title), words.filter(Boolean).join('  '), size.columns)
  const room = { columns: size.columns, rows: size.rows - 1 }
  const styleInputs = [room.columns, room.rows, last, log, smoothing, axis, style.depth, style.charset]
  const { seconds = 0, step = 0 } = curve.points.at(-1) ?? {}
  // A paused or ended run shows its last step too.
  const training = run.live && run.status !== 'paused'
  const tick = training ? Math.floor(seconds * drawingsPerSecond) : step
  const dataInputs = [training, tick, epochs.length, marks.length, start?.step, run.stepsPerEpoch]
  return [
    head,
    ...one.memo.get(run, [...styleInputs, ...dataInputs], () => lines(chartOf(lab, run, metric, last), room, style)),
  ]
}

/** Chart of the batch losses and of each epoch's validation losses. */
function chartOf(lab: Lab, run: LabRun, metric: Metric, last: boolean): LineChart {
  const { curve, epochs, marks } = run.history
  const x = axisPosition(lab.charts.axis, run)
  const batches: Point[] = curve.points.map((point) => [x(point), metric.of(point)])
  const validated: Point[] = epochs.flatMap((epoch) =>
    epoch.validation === undefined ? [] : [[x(epoch), metric.of(epoch.validation)] as const],
  )
  const end = axisEnd(lab.charts.axis, run)
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
    marks: marks.map(({ label, ...stamp }) => ({ x: x(stamp), name: label })),
  }
}

/** Reference lines of the reconstruction: ceiling and floor. */
function references({ history: { start } }: LabRun, metric: Metric): ReferenceLine[] {
  if (metric !== reconstruction || start === undefined) return []
  const floor = start.floor === undefined ? [] : [{ y: start.floor, name: 'floor' }]
  return [{ y: start.ceiling, name: 'ceiling' }, ...floor]
}
