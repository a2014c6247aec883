import type { Posterior } from './options.js'
import type { Latents, Tensor } from './tensor.js'

/** What every method of a model can be told. */
export interface Call {
  /** Ends the call, which then rejects with `signal.reason`. */
  signal?: AbortSignal
}

/** A call that goes through the data in batches. */
export interface BatchedCall extends Call {
  /**
   * Examples computed at a time; from 1 up. Changes memory and speed, and a result by no more than rounding.
   * @default 512
   */
  batchSize?: number
}

/** A call that draws noise. */
export interface SeededCall extends Call {
  /**
   * What the noise is drawn from; a whole number from 0 up. The same seed gives the same result.
   * @default the seed that the model was trained with
   */
  seed?: number
}

/** Options of {@link Vae.decode}. */
export interface DecodeCall extends BatchedCall, SeededCall {
  /**
   * The mean of p(x|z), the decoder's logits, or a draw from p(x|z).
   * @default 'mean'
   */
  output?: 'mean' | 'logits' | 'sample'
}

/** Options of {@link Vae.reconstruct}. */
export interface ReconstructCall extends BatchedCall, SeededCall {
  /**
   * Decode the mean of q(z|x), or a draw from it.
   * @default 'mean'
   */
  latent?: 'mean' | 'sample'
}

/** Options of {@link Vae.sample}. */
export interface SampleCall extends BatchedCall, SeededCall {
  /**
   * The mean of the distribution of the prior's family that z is drawn from: one number, or one for each latent dimension.
   * @default that of the prior, 0 for the standard gaussian
   */
  mean?: number | readonly number[]
  /**
   * Its standard deviation, from 0 up: one number, or one for each latent dimension.
   * @default that of the prior, 1 for the standard gaussian
   */
  standardDeviation?: number | readonly number[]
}

/** Options of {@link Vae.interpolate}. */
export interface InterpolateCall extends BatchedCall {
  /**
   * Points on the way, both ends included; from 1 up.
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
  /** K, draws of z for each example; from 1 up. The more, the closer the bound. */
  samples: number
}

/** What an example is scored by. */
export type ScoreBy = 'reconstruction' | 'elbo' | 'kl' | { logLikelihood: number }

/** Options of {@link Vae.score}. */
export interface ScoreCall extends SeededCall {
  /**
   * What to score by; `{ logLikelihood: K }` takes K draws of z. Beware of the likelihood of a deep model: it can be
   * higher for strangers.
   * @default 'reconstruction'
   */
  by?: ScoreBy
  /**
   * Also tell how much each value of an example contributes to its reconstruction term.
   * @default false
   */
  map?: boolean
}

/** What {@link Vae.encode} adds to `mean`, by posterior. */
export interface Encodings {
  /** ln σ². */
  gaussian: { readonly logVar: Latents }
  /** ln b. */
  laplace: { readonly logScale: Latents }
  /** The ends of the interval. */
  uniform: { readonly low: Latents; readonly high: Latents }
  deterministic: unknown
}

/** q(z|x) of n examples; `mean` is the embedding, in every family. */
export type Encoding<P extends Posterior = Posterior> = {
  [K in P]: { readonly posterior: K; readonly mean: Latents } & Encodings[K]
}[P]

/** An importance-weighted bound of log p(x), in nats. */
export interface LogLikelihood {
  readonly perExample: Float32Array
  readonly mean: number
  readonly standardError: number
  /** K, without which the figure says nothing. */
  readonly samples: number
  /** Whether the likelihood is a normalised density on this data; bernoulli on grey values is not. */
  readonly normalised: boolean
}

/** How strange each example is. */
export interface Scores {
  readonly by: ScoreBy
  /** Higher is stranger, always. */
  readonly perExample: Float32Array
  /** What each value contributes, (n, ...shape). */
  readonly map?: Tensor
}
