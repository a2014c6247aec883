import { encodeOptions } from '../encode-options.js'
import type { Examples } from '../examples.js'
import { withoutNulls } from '../json.js'
import { latentStatistics as native } from '../native.js'
import { type Vae, withNative } from '../vae.js'

/** Options of {@link latentStatistics}. */
export interface LatentStatisticsOptions {
  /**
   * k, the number of nearest neighbours to compare labels with; from 1 up.
   * @default 5
   */
  neighbours?: number
  /**
   * Seed of the draws.
   * @default 1
   */
  seed?: number
  /** Cancels the computation, which then rejects with `signal.reason`. */
  signal?: AbortSignal
}

/** Statistics of the latent codes of a data set. */
export interface LatentStatistics {
  /** Mean of the aggregate posterior q(z) = E_x q(z|x), one draw of z for each example; (d). */
  readonly mean: readonly number[]
  /** Its covariance, row by row; (d, d). */
  readonly covariance: readonly number[]
  /**
   * Squared maximum mean discrepancy between q(z) and the prior, from up to 2000 draws of each, with the kernel
   * exp(−|a − b|²/2w), w = d times the prior's variance; unbiased, so it is around 0 if they are the same.
   */
  readonly mmd: number
  /** The same between two samples from the prior, as the reference for no difference. */
  readonly mmdOfPrior: number
  /** Share of examples whose label is the most frequent among their k nearest neighbours, by the means of q(z|x). */
  readonly neighbourAccuracy?: number
  /** Mean silhouette of the labels in the plane of the means: near 1 if they are separate, 0 if they overlap. */
  readonly silhouette?: number
}

/**
 * Computes statistics of these examples' codes: the aggregate posterior against the prior and, with labels, their
 * separation.
 *
 * @param x Ideally a test set: the cost of labels grows with the square of their number (10,000: about a second).
 * @throws {VaeError} `ERR_VAE_OPTION` for fewer examples than neighbours; the errors of the model's calls.
 */
export async function latentStatistics(
  vae: Vae,
  x: Examples,
  options: LatentStatisticsOptions = {},
): Promise<LatentStatistics> {
  const json = encodeOptions(options, ['signal'])
  const found = await withNative(vae, x, options, (model, data, token) => native(model, data, json, token))
  return withoutNulls(JSON.parse(found) as LatentStatistics)
}
