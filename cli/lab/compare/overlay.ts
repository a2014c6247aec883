/** Overlaid curves of several runs, and the runs as points of rate and distortion. */

import type { Style } from '../../base/style.js'
import { clip } from '../../charts/text/layout.js'
import { type LineSeries, lines } from '../../charts/text/lines.js'
import { type PlottedRate, rateDistortion } from '../../charts/text/rate-distortion.js'
import type { Size } from '../../charts/text/surface.js'
import { axisEnd, axisPosition } from '../state/axis.js'
import type { Lab } from '../state/lab.js'
import type { Metric } from '../state/metrics.js'
import { type Comparison, captionOf, colourOf } from './comparison.js'

/** Draws one curve per run: each epoch's losses on the validation data, else on its batches. */
export function curveRows(lab: Lab, comparison: Comparison, metric: Metric, size: Size, style: Style): string[] {
  const { axis, log, smoothing } = lab.charts
  const shown = comparison.runs.filter(({ history }) => history.epochs.length > 0)
  if (shown.length === 0) return clip(['', style.dim(' after the first epoch')], size)
  const series = shown.map((run): LineSeries => {
    const x = axisPosition(axis, run)
    const points = run.history.epochs.map((epoch) => [x(epoch), metric.of(epoch.validation ?? epoch.train)] as const)
    return { name: captionOf(comparison, run), points, colour: colourOf(comparison, run) }
  })
  const last = series.map(({ points }) => points.at(-1)?.[0] ?? 0)
  const end = Math.max(...last, ...shown.map((run) => axisEnd(axis, run) ?? 0))
  return lines(
    { series, x: { label: axis, domain: [0, end] }, y: { log, format: metric.text }, smooth: smoothing },
    size,
    style,
  )
}

/** Draws each run at its KL and reconstruction. */
export function frontRows(comparison: Comparison, size: Size, style: Style): string[] {
  const points = comparison.runs.flatMap((run): PlottedRate[] => {
    const { measured } = run.history
    if (measured === undefined) return []
    const { kl, reconstruction } = measured
    return [{ name: captionOf(comparison, run), kl, reconstruction, colour: colourOf(comparison, run) }]
  })
  if (points.length === 0) return clip(['', style.dim(' after the first epoch')], size)
  return rateDistortion(points, size, style)
}
