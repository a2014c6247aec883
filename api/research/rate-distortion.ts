import type { Dataset } from '../dataset.js'
import { finiteNumber } from '../encode-options.js'
import { optionError } from '../errors.js'
import type { TrainOptions } from '../options.js'
import { trainVae } from '../train.js'

/** What {@link rateDistortion} trains: the options of every run, but for what it sets itself. */
export interface RateDistortionOptions
  extends Omit<TrainOptions, 'beta' | 'seed' | 'validation' | 'out' | 'resume' | 'probe' | 'keep' | 'earlyStopping'> {
  /**
   * The β of the runs; from 0 up.
   * @default [0, 0.1, 0.5, 1, 2, 4, 8, 16, 32]
   */
  betas?: readonly number[]
  /**
   * The seeds with which each is trained.
   * @default [1]
   */
  seeds?: readonly number[]
  /**
   * Told of each run as it ends.
   * @default none
   */
  onPoint?: (point: RatePoint) => void
}

/** A run, measured on the test set. */
export interface RatePoint {
  readonly beta: number
  readonly seed: number
  /** The rate: the KL term, in nats. */
  readonly kl: number
  /** The distortion: the reconstruction term, in nats. */
  readonly reconstruction: number
  readonly elbo: number
  readonly klPerDimension: readonly number[]
  readonly activeUnits: number
}

/**
 * Rate and distortion over β (Alemi et al., "Fixing a Broken ELBO", ICML 2018): a run for every β and seed, one after the
 * other, each measured on `test` after its last epoch. Runs of one seed share weights, order and noise, so that they differ
 * by β alone.
 *
 * @throws {VaeError} what {@link trainVae} throws; `signal.reason` when aborted.
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
