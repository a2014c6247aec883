import { describe, finiteNumber } from '../encode-options.js'
import { optionError } from '../errors.js'

/** A VAE's loss as some code writes it: weight · reduced reconstruction + klWeight · reduced KL. */
export interface WrittenLoss {
  /** Σ(x − x̂)², half of it, or the binary cross entropy. */
  reconstruction: 'squared-error' | 'half-squared-error' | 'cross-entropy'
  /**
   * How the reconstruction is reduced over the dimensions of x.
   * @default 'sum'
   */
  over?: 'sum' | 'mean'
  /**
   * D, the numbers of an example; wanted where the reconstruction is a mean.
   * @default none
   */
  size?: number
  /**
   * What the reconstruction is multiplied by.
   * @default 1
   */
  weight?: number
  /**
   * What the KL is multiplied by.
   * @default 1
   */
  klWeight?: number
  /**
   * How the KL is reduced over the latent dimensions.
   * @default 'sum'
   */
  klOver?: 'sum' | 'mean'
  /**
   * d; wanted where the KL is a mean.
   * @default none
   */
  latentDim?: number
}

/**
 * The β of a loss on the common scale, ½·Σ(x − x̂)²/σ² + β·KL with σ² = 1, or Σ BCE + β·KL: the same "β" is not the same β
 * in every code base. PyTorch-VAE's mean squared error of 64×64×3 with 0.00025·KL has an effective β of 1.536.
 *
 * @throws {VaeError} `ERR_VAE_OPTION` for a size that is wanted and missing, and for numbers that are none.
 */
export function effectiveBeta(loss: WrittenLoss): number {
  const { reconstruction, over = 'sum', weight = 1, klWeight = 1, klOver = 'sum' } = loss
  const factors = { 'squared-error': 2, 'half-squared-error': 1, 'cross-entropy': 1 }
  if (!Object.hasOwn(factors, reconstruction)) {
    const expected = "'squared-error', 'half-squared-error' or 'cross-entropy'"
    throw optionError('reconstruction', expected, describe(reconstruction))
  }
  const wanted = (option: 'size' | 'latentDim') => {
    const value = finiteNumber(option, loss[option])
    if (value <= 0) throw optionError(option, 'a number above 0', describe(value))
    return value
  }
  const perExample = finiteNumber('weight', weight) / (over === 'mean' ? wanted('size') : 1)
  const perLatent = finiteNumber('klWeight', klWeight) / (klOver === 'mean' ? wanted('latentDim') : 1)
  return perLatent / (perExample * factors[reconstruction])
}
