import type { Dataset } from '../dataset.js'
import { finiteNumber } from '../encode-options.js'
import { optionError } from '../errors.js'
import type { TrainOptions } from '../options.js'
import { trainVae } from '../train.js'

/** Options of {@link rateDistortion}: those of every run, except the ones that it sets itself. */
export interface RateDistortionOptions
  extends Omit<TrainOptions, 'beta' | 'seed' | 'validation' | 'out' | 'resume' | 'probe' | 'keep' | 'earlyStopping'> {
  /**
   * β values to train with; from 0 up.
   * @default [0, 0.1, 0.5, 1, 2, 4, 8, 16, 32]
   */
  betas?: readonly number[]
  /**
   * Seeds to train each β with.
   * @default [1]
   */
  seeds?: readonly number[]
  /**
   * Called with the result of each run as it ends.
   * @default none
   */
  onPoint?: (point: RatePoint) => void
}

/** Result of a run, measured on the test set. */
export interface RatePoint {
  readonly beta: number
  readonly seed: number
  /** Rate: the KL term, in nats. */
  readonly kl: number
  /** Distortion: the reconstruction term, in nats. */
  readonly reconstruction: number
  readonly elbo: number
  readonly klPerDimension: readonly number[]
  readonly activeUnits: number
}

/**
 * Measures rate and distortion over β (Alemi et al., "Fixing a Broken ELBO", ICML 2018): trains a run for every β and
 * seed, one after the other, and measures each on `test` after its last epoch. Runs of one seed share weights, order
 * and noise, so that they differ by β alone.
 *
 * @throws {VaeError} The errors of {@link trainVae}; `signal.reason` when aborted.
 */
export async function rateDistortion(
  train: Dataset,
  test: Dataset,
  options: RateDistortionOptions = {},
): Promise<RatePoint[]> {
  const { betas = [0, 0.1, 0.5, 1, 2, 4, 8, 16, 32], seeds = [1], onPoint, ...rest } = options
  if (betas.length === 0) throw optionError('betas', 'at least one β', 'none')
  const points: RatePoint[] = []
  for (const beta of betas.map((beta, i) => finiteNumber(`betas[${i}]`, beta))) {
    for (const seed of seeds) {
      const run = trainVae(train, { ...rest, beta, seed, validation: test, probe: false })
      using _model = await run
      const measured = run.history.at(-1)?.validation
      if (measured === undefined) continue // never: a run that ends well has measured its last epoch
      const { kl, reconstruction, elbo, klPerDimension, activeUnits } = measured
      const point = { beta, seed, kl, reconstruction, elbo, klPerDimension: Array.from(klPerDimension), activeUnits }
      points.push(point)
      onPoint?.(point)
    }
  }
  return points
}
