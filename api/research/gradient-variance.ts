import { encodeOptions, finiteNumber, wholeNumber } from '../encode-options.js'
import type { Examples } from '../examples.js'
import { callSync, gradientVariance as native, knownGradientVariance as nativeKnown } from '../native.js'
import type { Estimator } from '../options.js'
import { type Vae, withNative } from '../vae.js'

/** Options of {@link gradientVariance}. */
export interface GradientVarianceOptions {
  /**
   * Estimators to measure, one after the other.
   * @default [{ type: 'reparameterization' }]
   */
  estimators?: readonly Estimator[]
  /**
   * Number of gradient estimates for each; from 2 up.
   * @default 200
   */
  estimates?: number
  /**
   * β, the weight of the KL term.
   * @default that of the model's last step
   */
  beta?: number
  /**
   * Seed of the draws.
   * @default 1
   */
  seed?: number
  /** Cancels the measurement, which then rejects with `signal.reason`. */
  signal?: AbortSignal
}

/** Spread of the estimates of one estimator. */
export interface GradientSpread {
  readonly estimator: Estimator
  /** Sum of the variances of all partial derivatives by the encoder's parameters. */
  readonly encoder: number
  /** The same for the decoder's parameters. */
  readonly decoder: number
  /** ‖E ∂‖² of the encoder's parameters; unbiased, so it may be below 0 when the variance is large. */
  readonly encoderSquare: number
}

/**
 * Measures how the gradient of the loss varies with the draws of z: the same examples as one batch, the same
 * parameters, fresh draws. On the reference path.
 *
 * @param x Up to 4096 examples.
 * @throws {VaeError} `ERR_VAE_OPTION` for a deterministic posterior; the errors of the model's calls.
 */
export async function gradientVariance(
  vae: Vae,
  x: Examples,
  options: GradientVarianceOptions = {},
): Promise<GradientSpread[]> {
  const json = encodeOptions(options, ['signal'])
  return JSON.parse(await withNative(vae, x, options, (model, data, token) => native(model, data, json, token)))
}

/** Mean and variance of estimates. */
export interface MeanAndVariance {
  readonly mean: number
  readonly variance: number
}

/** Measured and exact variances of two estimators of a known gradient. */
export interface KnownVariance {
  readonly measured: { readonly reparameterization: MeanAndVariance; readonly scoreFunction: MeanAndVariance }
  readonly exact: { readonly reparameterization: MeanAndVariance; readonly scoreFunction: MeanAndVariance }
}

/**
 * Measures a known case, to check such measurements: the gradient by μ of E[z²], z ~ N(μ, 1), is 2μ. From L draws, its
 * reparameterised estimate has the variance 4/L, that of the score function (μ⁴ + 14μ² + 15)/L.
 *
 * @param options `mean`: μ, default 1; `samples`: L, default 1; `estimates`: default 100000; `seed`: default 1.
 * @throws {VaeError} `ERR_VAE_OPTION`
 */
export function knownGradientVariance(
  options: { mean?: number; samples?: number; estimates?: number; seed?: number } = {},
): KnownVariance {
  const { mean = 1, samples = 1, estimates = 100_000, seed = 1 } = options
  const [L, count] = [wholeNumber('samples', samples, 1), wholeNumber('estimates', estimates, 2)]
  return JSON.parse(callSync(() => nativeKnown(finiteNumber('mean', mean), L, count, wholeNumber('seed', seed))))
}
