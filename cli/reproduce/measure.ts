/** Measurements of a model after an epoch. */
import type { Dataset, Encoding, EpochEvent, Evaluation, Losses, Tensor, Vae } from '../../index.js'
import { type LatentStatistics, latentStatistics } from '../../research.js'
import { posteriorOf } from '../latent/codes.js'
import type { Distribution } from '../latent/distribution.js'
import { standardDeviation } from '../latent/distribution.js'
import { draw } from '../latent/draws.js'
import type { ClassifierResults, Classifiers } from './classifiers.js'
import { type PackedPictures, type PackedPoints, packPictures, packPoints } from './packed.js'
import type { Sizes } from './plan.js'

/** Results of a model after an epoch. */
export interface Snapshot {
  readonly epoch: number
  /** Means over the epoch's examples, during training. */
  readonly train: Losses
  /** Evaluation on the test images, after the epoch. */
  readonly test: Evaluation
  /** Evaluation on the same number of training images, after the epoch: shows overfitting. */
  readonly seen: Evaluation
  readonly latents: LatentStatistics
  readonly judged: {
    readonly reconstructions: ClassifierResults
    /** Samples from the prior. */
    readonly samples: ClassifierResults
    /** Samples from N(1, 0.5), figure 14. */
    readonly shifted: ClassifierResults
  }
  readonly pictures?: Pictures
}

/** Pictures for the figures. */
export interface Pictures {
  /** Latent means of the test images. */
  readonly points: PackedPoints
  /** Reconstructions of the first test image of each label. */
  readonly reconstructions: PackedPictures
  readonly samples: PackedPictures
  readonly shifted: PackedPictures
  /** Posterior q(z|x) of the first test image, and a draw from it. */
  readonly posterior: PosteriorOfOne
}

/** Posterior of one example. */
export interface PosteriorOfOne {
  readonly mean: readonly number[]
  readonly standardDeviation: readonly number[]
  readonly draw: readonly number[]
}

/** Inputs of a measurement besides the model. */
export interface MeasurementContext {
  readonly train: Dataset
  readonly test: Dataset
  /** First test image of each label. */
  readonly exemplars: Tensor
  readonly classifiers: Classifiers
  readonly sizes: Sizes
  readonly signal: AbortSignal
}

/** Samples per figure. */
const samplesPerFigure = 16
/** Seed of all draws, so that models differ by their weights alone. */
const seed = 1

/** Distribution of figure 14. */
export const shift = { mean: 1, standardDeviation: 0.5 } as const

/** Measures a model after the epoch of `event`. */
export async function takeSnapshot(
  vae: Vae,
  event: EpochEvent,
  pictured: boolean,
  context: MeasurementContext,
): Promise<Snapshot> {
  const { test, classifiers, sizes, signal } = context
  const samples = await vae.sample(sizes.draws, { seed, signal })
  const shifted = await vae.sample(sizes.draws, { ...shift, seed, signal })
  const encoding = await vae.encode(test, { signal })
  const snapshot = {
    epoch: event.epoch,
    train: event.train,
    test: await vae.evaluate(test, { seed, signal }),
    seen: await vae.evaluate(context.train.slice(0, test.length), { seed, signal }),
    latents: await latentStatistics(vae, test.slice(0, sizes.neighbours), { seed, signal }),
    judged: {
      reconstructions: await classifiers.classify(await vae.reconstruct(test, { signal }), test.labels),
      samples: await classifiers.classify(samples),
      shifted: await classifiers.classify(shifted),
    },
  }
  if (!pictured) return snapshot
  return {
    ...snapshot,
    pictures: {
      points: packPoints(encoding.mean),
      reconstructions: packPictures(await vae.reconstruct(context.exemplars, { signal })),
      samples: packPictures(samples, samplesPerFigure),
      shifted: packPictures(shifted, samplesPerFigure),
      posterior: posteriorOfFirst(encoding),
    },
  }
}

function posteriorOfFirst(encoding: Encoding): PosteriorOfOne {
  const [, d] = encoding.mean.shape
  const each = Array.from({ length: d }, (_, j) => posteriorOf(encoding, 0, j))
  const mean = Array.from(encoding.mean.data.subarray(0, d))
  return {
    mean,
    standardDeviation: each.map(deviationOf),
    draw: each.map((one, j) => (one === undefined ? (mean[j] ?? 0) : draw(one, seed, j))),
  }
}

function deviationOf(posterior: Distribution | undefined): number {
  return posterior === undefined ? 0 : standardDeviation(posterior)
}
