import { cuda } from './cuda.js'
import { VaeError, type VaeErrorData } from './errors.js'
import type { Engine, Evaluation, EventOf, Losses, StartEvent, TrainingEvent } from './events.js'
import { withoutNulls } from './json.js'
import type { NativeEvent } from './native.js'
import { batchOf, type ExampleShape, type Latents, type ValueRange } from './tensor.js'

/** Context for decoding the events of one run. */
export interface EventContext {
  /** The shape of one example. */
  readonly shape: ExampleShape
  /** Values shown as black and white. */
  readonly range: ValueRange
  /** d, known from the `start` event on. */
  latentDim: number
}

/** Converts an event of the engine for consumers: typed arrays, tensors with shapes, `VaeError`s. */
export function decodeEvent(native: NativeEvent, context: EventContext): TrainingEvent {
  const event = decodeRecord(JSON.parse(native.json))
  if (event.type === 'start') return { ...event, engine: engineOf(event) }
  return event.type === 'probe' ? { ...event, ...probeTensors(native, context) } : event
}

/** Converts an event of the run's record: all of it but the arrays of a probe. */
export function decodeRecord(record: TrainingEvent & { v?: number }): TrainingEvent {
  const { v: _, ...event } = record
  switch (event.type) {
    case 'start':
      return withoutNulls({ ...event, options: withoutNulls(event.options) })
    case 'step':
      return { ...event, train: decodeLosses(event.train), examplesPerSecond: toNumber(event.examplesPerSecond) }
    case 'epoch':
      return {
        ...event,
        train: decodeLosses(event.train),
        ...(event.validation && { validation: decodeEvaluation(event.validation) }),
      }
    case 'end':
      return {
        ...event,
        ...(event.validation && { validation: decodeLosses(event.validation) }),
        ...(event.error && { error: new VaeError(event.error as VaeErrorData) }),
      }
    default:
      return event
  }
}

/** Converts losses from the core's JSON, in which null is a number that is not finite; it becomes NaN. */
function decodeLosses<L extends Losses>(raw: L): L {
  const numbers = Object.entries(raw).map(([name, value]) => [name, value === null ? Number.NaN : value])
  return Object.fromEntries(numbers) as L
}

/** Converts an evaluation from the core's JSON; bounds that do not exist are left out. */
export function decodeEvaluation(raw: Evaluation): Evaluation {
  const { floor, explained, klPerDimension, ...rest } = raw
  return {
    ...decodeLosses(rest as Evaluation),
    klPerDimension: Float32Array.from(klPerDimension, toNumber),
    ...(withoutNulls({ floor, explained }) as Pick<Evaluation, 'floor' | 'explained'>),
  }
}

function toNumber(raw: number | null): number {
  return raw ?? Number.NaN
}

function probeTensors(native: NativeEvent, { shape, range, latentDim }: EventContext): Partial<EventOf<'probe'>> {
  const { latents, labels, reconstructions, samples } = native
  return {
    ...(latents && { latents: batchOf(latents, [latentDim]) as Latents }),
    ...(labels && { labels }),
    ...(reconstructions && { reconstructions: batchOf(reconstructions, shape, range) }),
    ...(samples && { samples: batchOf(samples, shape, range) }),
  }
}

/** Engine of a run. Adds the reason for no GPU, which an addon without CUDA cannot report. */
function engineOf({ engine, options }: StartEvent): Engine {
  const { addon, available, reason } = cuda
  if (engine.device !== 'cpu' || options.device !== 'auto' || addon === undefined || available) return engine
  return { noGpu: reason ?? 'unknown', ...engine }
}
