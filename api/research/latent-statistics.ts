import { encodeOptions } from '../encode-options.js'
import type { Examples } from '../examples.js'
import { withoutNulls } from '../json.js'
import { latentStatistics as native } from '../native.js'
import { type Vae, withNative } from '../vae.js'

/** What {@link latentStatistics} depends on. */
export interface LatentStatisticsOptions {
  /**
   * k, the nearest others whose labels are asked; from 1 up.
   * @default 5
   */
  neighbours?: number
  /**
   * What the draws follow from.
   * @default 1
   */
  seed?: number
  /** Stops the work. */
  signal?: AbortSignal
}

/** The latent codes of a data set as a whole. */
export interface LatentStatistics {
  /** The mean of the aggregate posterior q(z) = E_x q(z|x), one draw of z for each example; (d). */
  readonly mean: readonly number[]
  /** Its covariance, row by row; (d, d). */
  readonly covariance: readonly number[]
  /**
   * The squared maximum mean discrepancy between q(z) and the prior, from up to 2000 draws of either, with the kernel
   * exp(−|a − b|²/2w), w = d times the prior's variance; without bias, so that it is around 0 where they are the same.
   */
  readonly mmd: number
  /** That between two samples from the prior: what is no difference. */
  readonly mmdOfPrior: number
  /** The share of examples that have the label of most of their k nearest others, by the means of q(z|x). */
  readonly neighbourAccuracy?: number
  /** The mean silhouette of the labels in the plane of the means: near 1 where they stand apart, 0 where they overlap. */
  readonly silhouette?: number
}

/**
 * How the codes of these examples lie: the aggregate posterior beside the prior and, where there are labels, how well they
 * stand apart.
 *
 * @param x Best all of a test set: the cost of the labels grows with the square of their number (10,000: about a second).
 * @throws {VaeError} `ERR_VAE_OPTION` for fewer examples than neighbours; what the model's calls throw.
 */
export async function latentStatistics(
  vae: Vae,
  x: Examples,
  options: LatentStatisticsOptions = {},
): Promise<LatentStatistics> {
  const json = encodeOptions(options, ['signal'])
  const found = await withNative(vae, x, options, (model, data, task) => native(model, data, json, task))
  return withoutNulls(JSON.parse(found) as LatentStatistics)
}
