import type { Dataset } from './dataset.js'
import { handleOf } from './dataset.js'
import { encodeOptions } from './encode-options.js'
import type { Isa } from './events.js'
import { callAsync, bench as nativeBench } from './native.js'
import type { Precision, TrainOptions } from './options.js'

/**
 * A task that {@link bench} can time, with everything that a real call does.
 * - `'train'`: training steps: shuffle, gather, noise, loss, gradients, update.
 * - `'evaluate'`: repeated {@link Vae.evaluate} of a model after a few training steps.
 * - `'likelihood'`: one {@link Vae.logLikelihood} of such a model.
 */
export type BenchTask = 'train' | 'evaluate' | 'likelihood'

/** Options of {@link bench}; all are optional. */
export interface BenchOptions<T extends BenchTask = BenchTask>
  extends Pick<TrainOptions, 'hiddenDims' | 'batchSize' | 'threads' | 'device' | 'precision' | 'signal'> {
  /**
   * Task to time.
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
   * Number of training steps after a warm-up, or of evaluations; from 1 up. Not for `'likelihood'`.
   * @default 938 for 'train', 20 for 'evaluate'
   */
  steps?: number
  /**
   * Maximum number of examples to time, from the start of the data; from 1 up. Not for `'train'`.
   * @default 10000 for 'evaluate', 1000 for 'likelihood'
   */
  examples?: number
  /**
   * K, draws of z for each example; from 1 up. For `'likelihood'` only.
   * @default 5000
   */
  draws?: number
  /**
   * Engine to use: `'reference'` takes the reference path even where the fused one would do, to compare the two.
   * @default 'auto'
   */
  path?: 'auto' | 'reference'
  /**
   * Number of models trained by the same GPU launches, with seeds 1, 2, 3, …; from 1 up. For `'train'` on a GPU only.
   */
  members?: number
  /**
   * Skipping of the data's zeros in training steps of the fused path; `'auto'`: where it is faster. The losses are the
   * same to the bit.
   * @default 'auto'
   */
  sparsity?: 'auto' | 'on' | 'off'
}

/** Conditions of a measurement. */
export interface BenchSetting {
  /** The data: its source or fingerprint. */
  readonly data: string
  /** Share of values that are not 0. */
  readonly density: number
  /** `'on'` if zeros were skipped, which only training steps of the fused path can do. */
  readonly sparsity: 'on' | 'off'
  readonly device: 'cpu' | 'cuda'
  /** Name of the GPU, if it is one. */
  readonly gpu?: string
  /** `'fused'` is the fast path, `'reference'` the one that supports every option. */
  readonly path: 'fused' | 'reference'
  readonly threads: number
  /** Instructions of the fused path; `'candle'` on the reference path, where candle chooses them. */
  readonly isa: Isa | 'cuda' | 'candle'
  /** Precision of the matrix products in training steps, on a GPU's fused path. */
  readonly precision?: Precision
}

/** The speed of training steps. */
export interface TrainBench extends BenchSetting {
  readonly task: 'train'
  /** Examples per second, over all timed steps. */
  readonly imagesPerSecond: number
  /** Mean time of a step. */
  readonly millisecondsPerStep: number
  /** Median time of a step. */
  readonly medianMillisecondsPerStep: number
  /** 5th percentile of the step times: the machine undisturbed. */
  readonly p5MillisecondsPerStep: number
  /** Mean number of memory allocations per step, of everything the addon does meanwhile; 0 on the fused path. */
  readonly allocationsPerStep: number
  /** Mean loss over the timed steps, in nats. */
  readonly meanLoss: number
  /** Number of models trained by the same launches, if requested. */
  readonly members?: number
  /** Mean loss of each of them, in nats. */
  readonly meanLosses?: readonly number[]
  /** Mean time of one model's step: the time of a step, divided by the number of models. */
  readonly microsecondsPerMemberStep?: number
  /**
   * Peak rate of these threads with fused multiply-adds alone, in 10⁹ operations per second, measured after the steps.
   * On the CPU's fused path only.
   */
  readonly fmaPeakGflops?: number
  /** Share of that peak reached by the matrix products of the median step; skipped zeros count too. */
  readonly shareOfPeak?: number
  /** The same for the 5th percentile of the step times. */
  readonly p5ShareOfPeak?: number
}

/** The speed of evaluations. */
export interface EvaluateBench extends BenchSetting {
  readonly task: 'evaluate'
  /** Number of examples in each evaluation. */
  readonly examples: number
  /** Number of evaluations. */
  readonly steps: number
  /** Examples per second. */
  readonly imagesPerSecond: number
  /** Time of all evaluations together. */
  readonly seconds: number
  /** Mean loss over the examples, in nats. */
  readonly meanLoss: number
}

/** The speed of an importance-weighted bound. */
export interface LikelihoodBench extends BenchSetting {
  readonly task: 'likelihood'
  /** Number of examples. */
  readonly examples: number
  /** K, draws of z for each example. */
  readonly draws: number
  /** Examples per second, all draws included. */
  readonly imagesPerSecond: number
  /** Time of the call. */
  readonly seconds: number
  /** Negative of the bound, mean over the examples, in nats. */
  readonly meanLoss: number
}

/** Result of {@link bench}, by task. */
export type BenchResult<T extends BenchTask = BenchTask> = Extract<
  TrainBench | EvaluateBench | LikelihoodBench,
  { task: T }
>

/**
 * Times a VAE on this machine: with the default options and digits as data, the reference VAE 784-400-20-400-784.
 *
 * @param data Examples to train and evaluate on.
 * @throws {VaeError} `ERR_VAE_OPTION`, and the errors of a training run; `signal.reason` when aborted.
 */
export async function bench<T extends BenchTask = 'train'>(
  data: Dataset,
  options: BenchOptions<T> = {},
): Promise<BenchResult<T>> {
  const json = encodeOptions(options, ['signal'])
  return JSON.parse(await callAsync((token) => nativeBench(handleOf(data), json, token), options.signal))
}
