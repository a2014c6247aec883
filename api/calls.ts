import type { Posterior } from './options.js'
import type { Latents, Tensor } from './tensor.js'

/** Options of every method of a model. */
export interface Call {
  /** Cancels the call, which then rejects with `signal.reason`. */
  signal?: AbortSignal
}

/** Options of a call that processes the data in batches. */
export interface BatchedCall extends Call {
  /**
   * Examples per batch; from 1 up. Changes memory and speed, and results by no more than rounding.
   * @default 512
   */
  batchSize?: number
}

/** Options of a call that draws noise. */
export interface SeededCall extends Call {
  /**
   * Seed of the noise; a whole number from 0 up. The same seed gives the same result.
   * @default the seed that the model was trained with
   */
  seed?: number
}

/**
 * Units of examples: `'data'`, those of the data (value / 255 for bytes, floats as given), or `'model'`, those of a
 * model's inputs, after its {@link Scale}.
 */
export type Units = 'data' | 'model'

/** Options of a call that returns examples. */
export interface ExamplesCall extends BatchedCall {
  /**
   * Units of the examples. Those in `'data'` can be given back to the model, and carry their `range`.
   * @default 'data'
   */
  units?: Units
}

/** Options of {@link Vae.decode}. */
export interface DecodeCall extends ExamplesCall, SeededCall {
  /**
   * Values to return: the mean of p(x|z), the decoder's raw output (logits, or the mean of a gaussian likelihood; always
   * in the model's units), or a draw from p(x|z).
   * @default 'mean'
   */
  output?: 'mean' | 'logits' | 'sample'
}

/** Options of {@link Vae.reconstruct}. */
export interface ReconstructCall extends ExamplesCall, SeededCall {
  /**
   * Latent code to decode: the mean of q(z|x), or a draw from it.
   * @default 'mean'
   */
  latent?: 'mean' | 'sample'
}

/** Options of {@link Vae.sample}. */
export interface SampleCall extends ExamplesCall, SeededCall {
  /**
   * Mean of the distribution that z is drawn from, in the prior's family: one number, or one for each latent dimension.
   * @default that of the prior, 0 for the standard gaussian
   */
  mean?: number | readonly number[]
  /**
   * Its standard deviation: one number, or one for each latent dimension; from 0 up.
   * @default that of the prior, 1 for the standard gaussian
   */
  standardDeviation?: number | readonly number[]
}

/** Options of {@link Vae.interpolate}. */
export interface InterpolateCall extends ExamplesCall {
  /**
   * Number of points from `from` to `to`, both included; from 1 up.
   * @default 8
   */
  steps?: number
}

/** Options of {@link Vae.evaluate}. */
export interface EvaluateCall extends SeededCall {
  /**
   * L, draws of z for each example; from 1 up.
   * @default 1
   */
  samples?: number
}

/** Options of {@link Vae.logLikelihood}. */
export interface LogLikelihoodCall extends SeededCall {
  /** K, draws of z for each example; from 1 up. More draws give a tighter bound. */
  samples: number
}

/** Criterion that examples are scored by. */
export type ScoreBy = 'reconstruction' | 'elbo' | 'kl' | { logLikelihood: number }

/** Options of {@link Vae.score}. */
export interface ScoreCall extends SeededCall {
  /**
   * Criterion to score by; `{ logLikelihood: K }` takes K draws of z. Beware: the likelihood of a deep model can be
   * higher for outliers.
   * @default 'reconstruction'
   */
  by?: ScoreBy
  /**
   * Also return the contribution of each value of an example to its reconstruction term.
   * @default false
   */
  map?: boolean
}

/** Parameters of q(z|x) that {@link Vae.encode} returns besides `mean`, by posterior. */
export interface Encodings {
  /** ln σ². */
  gaussian: { readonly logVar: Latents }
  /** ln b. */
  laplace: { readonly logScale: Latents }
  /** Ends of the interval. */
  uniform: { readonly low: Latents; readonly high: Latents }
  deterministic: unknown
}

/** q(z|x) of n examples; `mean` is the embedding, in every family. */
export type Encoding<P extends Posterior = Posterior> = {
  [K in P]: { readonly posterior: K; readonly mean: Latents } & Encodings[K]
}[P]

/** Importance-weighted bound of log p(x), in nats. */
export interface LogLikelihood {
  /** Bound of each example, (n). */
  readonly perExample: Float32Array
  /** Mean over the examples. */
  readonly mean: number
  /** Standard error of the mean over the examples. */
  readonly standardError: number
  /** K; the bound cannot be interpreted without it. */
  readonly samples: number
  /** True if the likelihood is a normalised density on this data; bernoulli on grey values is not. */
  readonly normalised: boolean
}

/** Anomaly scores of n examples. */
export interface Scores {
  readonly by: ScoreBy
  /** Score of each example, (n); higher always means stranger. */
  readonly perExample: Float32Array
  /** Contribution of each value, (n, ...shape). */
  readonly map?: Tensor
}
