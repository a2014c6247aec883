/** What a view of a running training knows: a pure function of the events so far. */
import type { EpochEvent, Losses, ProbeEvent, StartEvent, TrainingEvent } from '../../index.js'
import type { Point } from '../render/braille.js'

/** The state of a run as events tell it. */
export interface TrainingState {
  readonly start?: StartEvent
  readonly epoch: number
  readonly step: number
  readonly seconds: number
  readonly examplesPerSecond: number
  /** The newest losses of a batch. */
  readonly train?: Losses
  /** −ELBO over steps, thinned out so that a long run does not grow. */
  readonly curve: readonly Point[]
  readonly last?: EpochEvent
  readonly probe?: ProbeEvent
  /** The newest warning. */
  readonly warning?: string
}

/** Before the first event. */
export const initialState: TrainingState = { epoch: 0, step: 0, seconds: 0, examplesPerSecond: 0, curve: [] }

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
      const curve = thinned([...state.curve, [step, -event.train.elbo]])
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

/** Every two neighbours become their mean once there are too many. */
function thinned(curve: readonly Point[]): readonly Point[] {
  if (curve.length < mostPoints) return curve
  return Array.from({ length: curve.length >> 1 }, (_, i) => {
    const [x0, y0] = curve[2 * i] ?? [0, 0]
    const [x1, y1] = curve[2 * i + 1] ?? [x0, y0]
    return [(x0 + x1) / 2, (y0 + y1) / 2] as const
  })
}
