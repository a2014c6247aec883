/** The curves of several runs on each other, and what they came to as points. */

import type { Style } from '../../base/style.js'
import { clip } from '../../charts/text/layout.js'
import { lines, type Series } from '../../charts/text/lines.js'
import { type RatePoint, rateDistortion } from '../../charts/text/rate-distortion.js'
import type { Size } from '../../charts/text/surface.js'
import { endOf, placeOn } from '../state/axis.js'
import type { Lab } from '../state/lab.js'
import type { Metric } from '../state/metrics.js'
import { type Comparison, captionOf, colourOf } from './comparison.js'

/** One curve for each run: what every epoch measured on the validation data, or else on its batches. */
export function curveRows(lab: Lab, comparison: Comparison, metric: Metric, size: Size, style: Style): string[] {
  const { axis, log, smoothing } = lab.charts
  const shown = comparison.runs.filter(({ history }) => history.epochs.length > 0)
  if (shown.length === 0) return clip(['', style.dim(' after the first epoch')], size)
  const series = shown.map((run): Series => {
    const x = placeOn(axis, run)
    const points = run.history.epochs.map((epoch) => [x(epoch), metric.of(epoch.validation ?? epoch.train)] as const)
    return { name: captionOf(comparison, run), points, colour: colourOf(comparison, run) }
  })
  const last = series.map(({ points }) => points.at(-1)?.[0] ?? 0)
  const end = Math.max(...last, ...shown.map((run) => endOf(axis, run) ?? 0))
  return lines(
    { series, x: { label: axis, domain: [0, end] }, y: { log, format: metric.text }, smooth: smoothing },
    size,
    style,
  )
}

/** Every run at its KL and reconstruction. */
export function frontRows(comparison: Comparison, size: Size, style: Style): string[] {
  const points = comparison.runs.flatMap((run): RatePoint[] => {
    const { measured } = run.history
    if (measured === undefined) return []
    const { kl, reconstruction } = measured
    return [{ name: captionOf(comparison, run), kl, reconstruction, colour: colourOf(comparison, run) }]
  })
  if (points.length === 0) return clip(['', style.dim(' after the first epoch')], size)
  return rateDistortion(points, size, style)
}
