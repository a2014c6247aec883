import { type Dataset, handleOf, isDataset } from './dataset.js'
import { describe, encodeOptions } from './encode-options.js'
import { optionError } from './errors.js'
import { fromTensor, isTensor } from './examples.js'
import { callSync, type NativeDataset, NativeRun } from './native.js'
import type { Posterior, TrainOptions } from './options.js'
import { neverStarted, TrainingRun } from './run.js'
import type { ExampleShape, Tensor, ValueRange } from './tensor.js'

/**
 * Starts training a variational autoencoder on a thread of its own.
 *
 * ```ts
 * const { train, test } = await datasets.load('digits')
 * const vae = await trainVae(train, { latentDim: 2, epochs: 5, validation: test })
 * ```
 *
 * @param data Training examples; the first axis of a tensor is their index.
 * @param options Model and training; every option has a default.
 * @returns The run, at once: a promise of the model and an async iterable of events.
 * @throws {VaeError} At once, if an option is invalid or does not fit the data. A run that fails later rejects.
 */
export function trainVae<P extends Posterior = 'gaussian'>(
  data: Dataset | Tensor,
  options: TrainOptions<P> = {},
): TrainingRun<P> {
  const { signal, out, validation } = options
  const heldBack = typeof validation === 'object' ? nativeOf(validation, 'validation') : undefined
  const json = encodeOptions(options, heldBack ? ['signal', 'validation'] : ['signal'])
  checkSignal(signal)
  const examples = nativeOf(data, 'data')
  const [shape, range] = [examples.shape as unknown as ExampleShape, examples.range as unknown as ValueRange]
  const context = { shape, range, out, signal }
  if (signal?.aborted) return new TrainingRun<P>(neverStarted, context)
  const native = callSync(() => NativeRun.start(examples, heldBack, json))
  return new TrainingRun<P>(native, context)
}

function nativeOf(data: Dataset | Tensor, option: string): NativeDataset {
  if (isDataset(data)) return handleOf(data)
  if (isTensor(data)) return fromTensor(data)
  throw optionError(
    option,
    'a data set or a tensor',
    describe(data),
    'make one with datasets.open or datasets.fromArray',
  )
}

function checkSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return
  throw optionError('signal', 'an AbortSignal', describe(signal))
}
