import { describe, finiteNumber } from '../encode-options.js'
import { optionError } from '../errors.js'

/** A VAE's loss as a code base defines it: weight · reduced reconstruction + klWeight · reduced KL. */
export interface WrittenLoss {
  /** Reconstruction term: Σ(x − x̂)², half of it, or the binary cross entropy. */
  reconstruction: 'squared-error' | 'half-squared-error' | 'cross-entropy'
  /**
   * Reduction of the reconstruction over the dimensions of x.
   * @default 'sum'
   */
  over?: 'sum' | 'mean'
  /**
   * D, the values of an example; required if the reconstruction is a mean.
   * @default none
   */
  size?: number
  /**
   * Factor of the reconstruction.
   * @default 1
   */
  weight?: number
  /**
   * Factor of the KL.
   * @default 1
   */
  klWeight?: number
  /**
   * Reduction of the KL over the latent dimensions.
   * @default 'sum'
   */
  klOver?: 'sum' | 'mean'
  /**
   * d, the number of latent dimensions; required if the KL is a mean.
   * @default none
   */
  latentDim?: number
}

/**
 * Converts a loss to its β on the common scale, ½·Σ(x − x̂)²/σ² + β·KL with σ² = 1, or Σ BCE + β·KL: "β" differs in
 * meaning between code bases. PyTorch-VAE's mean squared error of 64×64×3 with 0.00025·KL has an effective β of 1.536.
 *
 * @throws {VaeError} `ERR_VAE_OPTION` for a missing size, and for values that are not finite numbers.
 */
export function effectiveBeta(loss: WrittenLoss): number {
  const { reconstruction, over = 'sum', weight = 1, klWeight = 1, klOver = 'sum' } = loss
  const factors = { 'squared-error': 2, 'half-squared-error': 1, 'cross-entropy': 1 }
  if (!Object.hasOwn(factors, reconstruction)) {
    const expected = "'squared-error', 'half-squared-error' or 'cross-entropy'"
    throw optionError('reconstruction', expected, describe(reconstruction))
  }
  const positiveOption = (option: 'size' | 'latentDim') => {
    const value = finiteNumber(option, loss[option])
    if (value <= 0) throw optionError(option, 'a number above 0', describe(value))
    return value
  }
  const perExample = finiteNumber('weight', weight) / (over === 'mean' ? positiveOption('size') : 1)
  const perLatent = finiteNumber('klWeight', klWeight) / (klOver === 'mean' ? positiveOption('latentDim') : 1)
  return perLatent / (perExample * factors[reconstruction])
}
