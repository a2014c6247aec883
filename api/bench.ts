import type { Dataset } from './dataset.js'
import { handleOf } from './dataset.js'
import { encodeOptions } from './encode-options.js'
import { background, bench as nativeBench } from './native.js'
import type { TrainOptions } from './options.js'

/** What {@link bench} times; all of it is optional. */
export interface BenchOptions
  extends Pick<TrainOptions, 'hiddenDims' | 'latentDim' | 'batchSize' | 'threads' | 'device' | 'signal'> {
  /**
   * L, draws of z for each example and step; from 1 up.
   * @default 1
   */
  samples?: number
  /**
   * Steps that are timed, after a warm-up; from 1 up.
   * @default 938
   */
  steps?: number
  /**
   * Whether zeros are skipped: `'on'` is refused where no path can.
   * @default 'auto'
   */
  sparsity?: 'on' | 'off' | 'auto'
}

/** The speed of training steps, and what it was measured on. */
export interface BenchResult {
  /** Examples per second, over all timed steps. */
  readonly imagesPerSecond: number
  /** The mean time of a step. */
  readonly millisecondsPerStep: number
  /** The time that one step in twenty stays below: the machine undisturbed. */
  readonly p5MillisecondsPerStep: number
  /** The mean loss over the timed steps. */
  readonly meanLoss: number
  /** What was trained on. */
  readonly data: string
  /** The share of values that are not 0. */
  readonly density: number
  /** Whether zeros were skipped. */
  readonly sparsity: 'on' | 'off'
  readonly device: string
  readonly path: 'fused' | 'reference'
  readonly threads: number
  /** The widest instructions in use. */
  readonly isa: string
}

/**
 * Times training steps of the reference VAE (784-400-20-400-784, unless told otherwise), each with all that a real run
 * does in a step: shuffle, gather, noise, loss, update.
 *
 * @throws {VaeError} `ERR_VAE_OPTION`, and what a training run throws; `signal.reason` when aborted.
 */
export async function bench(data: Dataset, options: BenchOptions = {}): Promise<BenchResult> {
  const json = encodeOptions(options, ['signal'])
  return JSON.parse(await background((task) => nativeBench(handleOf(data), json, task), options.signal))
}
