/** What curves run over: steps, epochs or seconds. */
import type { ChartSettings } from './lab.js'
import type { LabRun } from './lab-run.js'

/** A moment of a run. */
interface Moment {
  readonly step: number
  readonly seconds: number
}

/** Where moments of this run lie on the axis. Before anybody knows how many steps an epoch has, epochs are steps. */
export function placeOn(axis: ChartSettings['axis'], run: LabRun): (moment: Moment) => number {
  if (axis === 'seconds') return ({ seconds }) => seconds
  const steps = axis === 'epoch' ? run.stepsPerEpoch : 1
  return ({ step }) => step / (Number.isNaN(steps) ? 1 : steps)
}

/** Where the axis ends when the run does; undefined where that is not known beforehand. */
export function endOf(axis: ChartSettings['axis'], run: LabRun): number | undefined {
  const epochs = run.history.start?.options.epochs
  if (axis === 'seconds' || epochs === undefined || Number.isNaN(run.stepsPerEpoch)) return undefined
  return axis === 'epoch' ? epochs : epochs * run.stepsPerEpoch
}
