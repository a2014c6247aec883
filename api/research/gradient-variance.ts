import { encodeOptions, finiteNumber, wholeNumber } from '../encode-options.js'
import type { Examples } from '../examples.js'
import { direct, gradientVariance as native, knownGradientVariance as nativeKnown } from '../native.js'
import type { Estimator } from '../options.js'
import { type Vae, withNative } from '../vae.js'

/** What {@link gradientVariance} measures. */
export interface GradientVarianceOptions {
  /**
   * Which estimators, one after the other.
   * @default [{ type: 'reparameterization' }]
   */
  estimators?: readonly Estimator[]
  /**
   * How often each estimates the gradient; from 2 up.
   * @default 200
   */
  estimates?: number
  /**
   * β.
   * @default that of the model's last step
   */
  beta?: number
  /**
   * What the draws follow from.
   * @default 1
   */
  seed?: number
  /** Stops the measurement. */
  signal?: AbortSignal
}

/** How the estimates of one estimator are spread. */
export interface GradientSpread {
  readonly estimator: Estimator
  /** The sum of the variances of all partial derivatives by the encoder's parameters. */
  readonly encoder: number
  /** That by the decoder's. */
  readonly decoder: number
  /** ‖E ∂‖² of the encoder's parameters, without bias, so that it may come out below 0 where the variance is large. */
  readonly encoderSquare: number
}

/**
 * How the gradient of the loss varies with the draws of z: the same examples as one batch, the same parameters, fresh draws.
 * On the reference path.
 *
 * @param x Up to 4096 examples.
 * @throws {VaeError} `ERR_VAE_OPTION` for a deterministic posterior; what the model's calls throw.
 */
export async function gradientVariance(
  vae: Vae,
  x: Examples,
  options: GradientVarianceOptions = {},
): Promise<GradientSpread[]> {
  const json = encodeOptions(options, ['signal'])
  return JSON.parse(await withNative(vae, x, options, (model, data, task) => native(model, data, json, task)))
}

/** Mean and variance of estimates. */
export interface MeanAndVariance {
  readonly mean: number
  readonly variance: number
}

/** Two estimators of a gradient that is known. */
export interface KnownVariance {
  readonly measured: { readonly reparameterization: MeanAndVariance; readonly scoreFunction: MeanAndVariance }
  readonly exact: { readonly reparameterization: MeanAndVariance; readonly scoreFunction: MeanAndVariance }
}

/**
 * The case to check such measurements by: the gradient by μ of E[z²], z ~ N(μ, 1), is 2μ. Of its estimates from L draws the
 * reparameterised one has the variance 4/L, the score function's (μ⁴ + 14μ² + 15)/L.
 *
 * @throws {VaeError} `ERR_VAE_OPTION`
 */
export function knownGradientVariance(
  options: { mean?: number; samples?: number; estimates?: number; seed?: number } = {},
): KnownVariance {
  const { mean = 1, samples = 1, estimates = 100_000, seed = 1 } = options
  const [L, count] = [wholeNumber('samples', samples, 1), wholeNumber('estimates', estimates, 2)]
  return JSON.parse(direct(() => nativeKnown(finiteNumber('mean', mean), L, count, wholeNumber('seed', seed))))
}
