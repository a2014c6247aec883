import { cuda } from './cuda.js'
import { VaeError, type VaeErrorData } from './errors.js'
import type { Engine, Evaluation, EventOf, Losses, StartEvent, TrainingEvent } from './events.js'
import { withoutNulls } from './json.js'
import type { NativeEvent } from './native.js'
import { batchOf, type ExampleShape, type Latents } from './tensor.js'

/** What the events of one run are read with. */
export interface EventContext {
  /** The shape of one example. */
  readonly shape: ExampleShape
  /** d, known from the `start` event on. */
  latentDim: number
}

/** An event of the engine as a consumer sees it: arrays typed, tensors shaped, errors as errors. */
export function decodeEvent(native: NativeEvent, context: EventContext): TrainingEvent {
  const event = decodeRecord(JSON.parse(native.json))
  if (event.type === 'start') return { ...event, engine: engine(event) }
  return event.type === 'probe' ? { ...event, ...probeTensors(native, context) } : event
}

/** An event as it stands in the run's record: all of it but the arrays of a probe. */
export function decodeRecord(record: TrainingEvent & { v?: number }): TrainingEvent {
  const { v: _, ...event } = record
  switch (event.type) {
    case 'start':
      return withoutNulls({ ...event, options: withoutNulls(event.options) })
    case 'step':
      return { ...event, train: losses(event.train), examplesPerSecond: number(event.examplesPerSecond) }
    case 'epoch':
      return {
        ...event,
        train: losses(event.train),
        ...(event.validation && { validation: evaluation(event.validation) }),
      }
    case 'end':
      return {
        ...event,
        ...(event.validation && { validation: losses(event.validation) }),
        ...(event.error && { error: new VaeError(event.error as VaeErrorData) }),
      }
    default:
      return event
  }
}

/** Losses as they crossed: JSON has no word for a number that is not finite, so that comes as null. */
export function losses<L extends Losses>(crossed: L): L {
  const numbers = Object.entries(crossed).map(([name, value]) => [name, value === null ? Number.NaN : value])
  return Object.fromEntries(numbers) as L
}

/** An evaluation as it crossed: bounds that do not exist are left out. */
export function evaluation(crossed: Evaluation): Evaluation {
  const { floor, explained, klPerDimension, ...rest } = crossed
  return {
    ...losses(rest as Evaluation),
    klPerDimension: Float32Array.from(klPerDimension, number),
    ...(withoutNulls({ floor, explained }) as Pick<Evaluation, 'floor' | 'explained'>),
  }
}

function number(crossed: number | null): number {
  return crossed ?? Number.NaN
}

function probeTensors(native: NativeEvent, { shape, latentDim }: EventContext): Partial<EventOf<'probe'>> {
  const { latents, labels, reconstructions, samples } = native
  return {
    ...(latents && { latents: batchOf(latents, [latentDim]) as Latents }),
    ...(labels && { labels }),
    ...(reconstructions && { reconstructions: batchOf(reconstructions, shape) }),
    ...(samples && { samples: batchOf(samples, shape) }),
  }
}

/** What computes. An addon without CUDA cannot know why it was taken. */
function engine({ engine, options }: StartEvent): Engine {
  const { addon, available, reason } = cuda
  if (engine.device !== 'cpu' || options.device !== 'auto' || addon === undefined || available) return engine
  return { noGpu: reason ?? 'unknown', ...engine }
}
