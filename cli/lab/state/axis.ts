/** Horizontal axis of the curves: steps, epochs or seconds. */
import type { StepStamp } from '../../../index.js'
import type { ChartSettings } from './lab.js'
import type { LabRun } from './lab-run.js'

/** Returns the axis position of a step stamp. While the steps per epoch are unknown, epochs are steps. */
export function axisPosition(
  axis: ChartSettings['axis'],
  run: LabRun,
): (stamp: Pick<StepStamp, 'step' | 'seconds'>) => number {
  if (axis === 'seconds') return ({ seconds }) => seconds
  const steps = axis === 'epoch' ? run.stepsPerEpoch : 1
  return ({ step }) => step / (Number.isNaN(steps) ? 1 : steps)
}

/** End of the axis for the complete run; undefined if unknown in advance. */
export function axisEnd(axis: ChartSettings['axis'], run: LabRun): number | undefined {
  const epochs = run.history.start?.options.epochs
  if (axis === 'seconds' || epochs === undefined || Number.isNaN(run.stepsPerEpoch)) return undefined
  return axis === 'epoch' ? epochs : epochs * run.stepsPerEpoch
}
