import type { Dataset } from './dataset.js'
import { handleOf } from './dataset.js'
import { encodeOptions } from './encode-options.js'
import type { Isa } from './events.js'
import { background, bench as nativeBench } from './native.js'
import type { Precision, TrainOptions } from './options.js'

/**
 * What {@link bench} can time, each with all that a real call does.
 * - `'train'`: training steps: shuffle, gather, noise, loss, gradients, update.
 * - `'evaluate'`: {@link Vae.evaluate} of a model that has been trained by a few steps, some times over.
 * - `'likelihood'`: one {@link Vae.logLikelihood} of such a model.
 */
export type BenchTask = 'train' | 'evaluate' | 'likelihood'

/** What {@link bench} times; all of it is optional. */
export interface BenchOptions<T extends BenchTask = BenchTask>
  extends Pick<TrainOptions, 'hiddenDims' | 'batchSize' | 'threads' | 'device' | 'precision' | 'signal'> {
  /**
   * The thing that takes time.
   * @default 'train'
   */
  task?: T
  /**
   * d, the number of latent dimensions; from 1 up.
   * @default 20
   */
  latentDim?: number
  /**
   * L, draws of z for each example and training step; from 1 up.
   * @default 1
   */
  samples?: number
  /**
   * How often: training steps, after a warm-up, or evaluations; from 1 up. Not of `'likelihood'`.
   * @default 938 for 'train', 20 for 'evaluate'
   */
  steps?: number
  /**
   * The first so many of the data are timed, or all that there are; from 1 up. Not of `'train'`.
   * @default 10000 for 'evaluate', 1000 for 'likelihood'
   */
  examples?: number
  /**
   * K, draws of z for each example; from 1 up. Of `'likelihood'` only.
   * @default 5000
   */
  draws?: number
  /**
   * `'reference'` takes the plain path even where the fused one would do, to compare the two.
   * @default 'auto'
   */
  path?: 'auto' | 'reference'
  /**
   * How many models are trained by the same launches of a GPU, with the seeds 1, 2, 3, …; from 1 up. Of `'train'` on a GPU
   * only.
   */
  members?: number
  /**
   * Whether training steps of the fused path leave out the zeros of the data; `'auto'`: where it pays. The losses are
   * the same to the bit.
   * @default 'auto'
   */
  sparsity?: 'auto' | 'on' | 'off'
}

/** What a speed was measured on. */
export interface BenchSetting {
  /** The data: its source or fingerprint. */
  readonly data: string
  /** The share of values that are not 0. */
  readonly density: number
  /** Whether zeros were left out; only training steps of the fused path can. */
  readonly sparsity: 'on' | 'off'
  readonly device: 'cpu' | 'cuda'
  /** The GPU's name, if it is one. */
  readonly gpu?: string
  /** `'fused'` is the fast path, `'reference'` the one that does everything. */
  readonly path: 'fused' | 'reference'
  readonly threads: number
  /** The instructions of the fused path; the reference path leaves that to candle. */
  readonly isa: Isa | 'cuda' | 'candle'
  /** How exactly a GPU's fused path takes the products of training steps. */
  readonly precision?: Precision
}

/** The speed of training steps. */
export interface TrainBench extends BenchSetting {
  readonly task: 'train'
  /** Examples per second, over all timed steps. */
  readonly imagesPerSecond: number
  /** The mean time of a step. */
  readonly millisecondsPerStep: number
  /** The time that every other step stays below. */
  readonly medianMillisecondsPerStep: number
  /** The time that one step in twenty stays below: the machine undisturbed. */
  readonly p5MillisecondsPerStep: number
  /** How often the engine asked for memory in a step, on average; 0 on the fused path. Whatever else it does meanwhile counts. */
  readonly allocationsPerStep: number
  /** The mean loss over the timed steps, in nats. */
  readonly meanLoss: number
  /** How many models were trained together, if that was asked for. */
  readonly members?: number
  /** The mean loss of each of them. */
  readonly meanLosses?: readonly number[]
  /** The mean time of a step of one of them: that of all, divided by how many they are. */
  readonly microsecondsPerMemberStep?: number
  /**
   * What these threads reach with fused multiply-adds alone, in 10⁹ operations per second, measured after the steps. On
   * the fused path only.
   */
  readonly fmaPeakGflops?: number
  /** The share of that peak that the matrix products of the median step reach; zeros that were left out count too. */
  readonly shareOfPeak?: number
  /** The same of the step that one in twenty stays below. */
  readonly p5ShareOfPeak?: number
}

/** The speed of evaluations. */
export interface EvaluateBench extends BenchSetting {
  readonly task: 'evaluate'
  /** How many examples were evaluated. */
  readonly examples: number
  /** How many times. */
  readonly steps: number
  /** Examples per second. */
  readonly imagesPerSecond: number
  /** The time of all the evaluations. */
  readonly seconds: number
  /** The mean loss over the examples, in nats. */
  readonly meanLoss: number
}

/** The speed of an importance-weighted bound. */
export interface LikelihoodBench extends BenchSetting {
  readonly task: 'likelihood'
  /** How many examples. */
  readonly examples: number
  /** K, draws of z for each example. */
  readonly draws: number
  /** Examples per second, all draws included. */
  readonly imagesPerSecond: number
  /** The time of the call. */
  readonly seconds: number
  /** The bound's negative, mean over the examples, in nats. */
  readonly meanLoss: number
}

/** What {@link bench} found, by task. */
export type BenchResult<T extends BenchTask = BenchTask> = Extract<
  TrainBench | EvaluateBench | LikelihoodBench,
  { task: T }
>

/**
 * Times the reference VAE (784-400-20-400-784 on digits, unless told otherwise) on this machine.
 *
 * @param data What to train and evaluate on.
 * @throws {VaeError} `ERR_VAE_OPTION`, and what a training run throws; `signal.reason` when aborted.
 */
export async function bench<T extends BenchTask = 'train'>(
  data: Dataset,
  options: BenchOptions<T> = {},
): Promise<BenchResult<T>> {
  const json = encodeOptions(options, ['signal'])
  return JSON.parse(await background((task) => nativeBench(handleOf(data), json, task), options.signal))
}
