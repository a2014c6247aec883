import { type Dataset, handleOf } from '../dataset.js'
import { encodeOptions } from '../encode-options.js'
import { callAsync, spectrum } from '../native.js'
import type { TrainOptions } from '../options.js'

/** Options of {@link criticalBeta}. */
export interface CriticalBetaOptions extends Pick<TrainOptions, 'likelihood' | 'threads' | 'signal'> {
  /**
   * Called with the progress at intervals.
   * @default none
   */
  onProgress?: (progress: { done: number; total: number }) => void
}

/** Critical β and spectrum of a data set. */
export interface CriticalBeta {
  /** β above which a VAE with this likelihood collapses: every z is decoded to the mean of the data. */
  readonly criticalBeta: number
  /**
   * Variances of the data in units of β, largest first: all of them, or the first 64. The collapsed state is unstable
   * along each direction whose variance is above β.
   */
  readonly spectrum: readonly number[]
  /**
   * Number of directions worth their KL at this β: for a linear VAE with a fixed variance and enough dimensions,
   * exactly the number that it uses. At most the length of `spectrum`.
   */
  liveDimensions(beta: number): number
}

/**
 * Computes the β above which a VAE collapses on this data, before any training: the largest eigenvalue of the
 * covariance in units of β, S/σ² for a gaussian (σ² = ½ for `'squared-error'`, the mean variance for a learned one) and
 * P^−½ S P^−½ with P = diag p(1 − p) for a bernoulli. Exact to second order about the collapsed state, for any
 * encoder and decoder and a gaussian posterior; at a somewhat larger β a deep model may still find a code far from it.
 *
 * @throws {VaeError} `ERR_VAE_OPTION`, `ERR_VAE_DATA_RANGE`, as from {@link trainVae}; `signal.reason` when aborted.
 */
export async function criticalBeta(data: Dataset, options: CriticalBetaOptions = {}): Promise<CriticalBeta> {
  const { signal, onProgress, ...rest } = options
  const json = encodeOptions(rest)
  const eigenvalues = await callAsync((token) => spectrum(handleOf(data), json, token), signal, onProgress)
  const found: number[] = JSON.parse(eigenvalues)
  return {
    criticalBeta: found[0] ?? 0,
    spectrum: found,
    liveDimensions: (beta) => found.filter((value) => value > beta).length,
  }
}
