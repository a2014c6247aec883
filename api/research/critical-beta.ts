import { type Dataset, handleOf } from '../dataset.js'
import { encodeOptions } from '../encode-options.js'
import { background, spectrum } from '../native.js'
import type { TrainOptions } from '../options.js'

/** What {@link criticalBeta} depends on. */
export interface CriticalBetaOptions extends Pick<TrainOptions, 'likelihood' | 'threads' | 'signal'> {
  /**
   * Told how far it is.
   * @default none
   */
  onProgress?: (progress: { done: number; total: number }) => void
}

/** Where β collapses on some data. */
export interface CriticalBeta {
  /** The β above which a VAE with this likelihood collapses: every z is decoded to the mean of the data. */
  readonly criticalBeta: number
  /**
   * The variances of the data in units of β, largest first: all of them, or the first 64. The collapsed state is unstable
   * along each direction whose variance is above β.
   */
  readonly spectrum: readonly number[]
  /**
   * How many directions are worth their KL at this β: of a linear VAE with a fixed variance exactly the dimensions that it
   * uses, if it has as many. At most as many as `spectrum` is long.
   */
  liveDimensions(beta: number): number
}

/**
 * Finds the β above which a VAE collapses on these data, before anything is trained: the largest eigenvalue of the
 * covariance in units of β, S/σ² for a gaussian (σ² = ½ for `'squared-error'`, the mean variance for a learned one) and
 * P^−½ S P^−½ with P = diag p(1 − p) for a bernoulli. It is exact to second order about the collapsed state, for any
 * encoder and decoder and a gaussian posterior; some β above it a deep model may still find a code far from that state.
 *
 * @throws {VaeError} `ERR_VAE_OPTION`, `ERR_VAE_DATA_RANGE` as {@link trainVae} does; `signal.reason` when aborted.
 */
export async function criticalBeta(data: Dataset, options: CriticalBetaOptions = {}): Promise<CriticalBeta> {
  const { signal, onProgress, ...rest } = options
  const json = encodeOptions(rest)
  const eigenvalues = await background((task) => spectrum(handleOf(data), json, task), signal, onProgress)
  const found: number[] = JSON.parse(eigenvalues)
  return {
    criticalBeta: found[0] ?? 0,
    spectrum: found,
    liveDimensions: (beta) => found.filter((value) => value > beta).length,
  }
}
