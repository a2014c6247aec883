/** What a view of a running training knows: a pure function of the events so far. */
import type { EpochEvent, Losses, ProbeEvent, StartEvent, TrainingEvent } from '../../index.js'
import type { Point } from '../render/curve.js'

/** The state of a run as events tell it. */
export interface TrainingState {
  readonly start?: StartEvent
  readonly epoch: number
  readonly step: number
  readonly seconds: number
  readonly examplesPerSecond: number
  /** The newest losses of a batch. */
  readonly train?: Losses
  readonly curve: Curve
  readonly last?: EpochEvent
  readonly probe?: ProbeEvent
  /** The newest warning. */
  readonly warning?: string
}

/** −ELBO over steps; the longer the run, the more steps a point stands for. */
export interface Curve {
  /** Steps per point. */
  readonly stride: number
  readonly points: readonly Point[]
  /** How many values the last point is the mean of. */
  readonly n: number
}

/** Before the first event. */
export const initialState: TrainingState = {
  epoch: 0,
  step: 0,
  seconds: 0,
  examplesPerSecond: 0,
  curve: { stride: 1, points: [], n: 0 },
}

/** More points than a terminal has columns of dots are of no use. */
const mostPoints = 1000

/** The state after one more event. */
export function next(state: TrainingState, event: TrainingEvent): TrainingState {
  const { epoch, step, seconds } = event
  const moved = { ...state, epoch, step, seconds }
  switch (event.type) {
    case 'start':
      return { ...moved, start: event }
    case 'step': {
      const curve = longer(state.curve, [step, -event.train.elbo])
      return { ...moved, train: event.train, examplesPerSecond: event.examplesPerSecond, curve }
    }
    case 'epoch':
      return { ...moved, last: event, examplesPerSecond: event.examplesPerSecond }
    case 'probe':
      return { ...moved, probe: event }
    case 'warning':
      return { ...moved, warning: event.message }
    default:
      return moved
  }
}

/** The curve with one more point: those that share a stride of steps become their mean. */
function longer({ stride, points, n }: Curve, [x, y]: Point): Curve {
  const last = points.at(-1)
  if (last !== undefined && sameStride(last[0], x, stride)) {
    const mean: Point = [last[0], (last[1] * n + y) / (n + 1)]
    return { stride, points: [...points.slice(0, -1), mean], n: n + 1 }
  }
  if (points.length < mostPoints) return { stride, points: [...points, [x, y]], n: 1 }
  return longer({ stride: stride * 2, points: coarser(points, stride * 2), n: 2 }, [x, y])
}

function coarser(points: readonly Point[], stride: number): Point[] {
  const merged: Point[] = []
  for (const [x, y] of points) {
    const last = merged.at(-1)
    if (last !== undefined && sameStride(last[0], x, stride)) merged[merged.length - 1] = [last[0], (last[1] + y) / 2]
    else merged.push([x, y])
  }
  return merged
}

function sameStride(a: number, b: number, stride: number): boolean {
  return Math.floor(a / stride) === Math.floor(b / stride)
}
