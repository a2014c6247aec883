/** What is measured of a model after one of its epochs. */
import type { Dataset, Encoding, EpochEvent, Evaluation, Losses, Tensor, Vae } from '../../index.js'
import { type LatentStatistics, latentStatistics } from '../../research.js'
import { draw, posteriorOf, standardDeviation } from '../latent/draws.js'
import type { Distribution } from '../latent/prior.js'
import type { Judges, Verdicts } from './judges.js'
import { type PackedPictures, type PackedPoints, packPictures, packPoints } from './packed.js'
import type { Sizes } from './plan.js'

/** A model after an epoch. */
export interface Snapshot {
  readonly epoch: number
  /** Means over the epoch's examples, while it was trained. */
  readonly train: Losses
  /** On the test images, after it. */
  readonly test: Evaluation
  /** On as many training images, after it: the other side of the gap that overfitting opens. */
  readonly seen: Evaluation
  readonly latents: LatentStatistics
  readonly judged: {
    readonly reconstructions: Verdicts
    /** Of the prior. */
    readonly samples: Verdicts
    /** Of N(1, 0.5), figure 14. */
    readonly shifted: Verdicts
  }
  readonly pictures?: Pictures
}

/** What the figures show. */
export interface Pictures {
  /** The latent means of the test images. */
  readonly points: PackedPoints
  /** The first test image of each label, as the model makes it. */
  readonly reconstructions: PackedPictures
  readonly samples: PackedPictures
  readonly shifted: PackedPictures
  /** q(z|x) of the first test image, and a draw from it. */
  readonly posterior: PosteriorOfOne
}

/** One posterior. */
export interface PosteriorOfOne {
  readonly mean: readonly number[]
  readonly standardDeviation: readonly number[]
  readonly draw: readonly number[]
}

/** What a measurement needs besides the model. */
export interface Measuring {
  readonly train: Dataset
  readonly test: Dataset
  /** The first test image of each label. */
  readonly faces: Tensor
  readonly judges: Judges
  readonly sizes: Sizes
  readonly signal: AbortSignal
}

/** Samples that the figures show. */
const shown = 16
/** The draws of every model follow from this seed, so that models differ by their weights alone. */
const seed = 1

/** figure 14's distribution. */
export const shift = { mean: 1, standardDeviation: 0.5 } as const

/** Measures a model after the epoch that `event` tells of. */
export async function snapshot(vae: Vae, event: EpochEvent, pictured: boolean, by: Measuring): Promise<Snapshot> {
  const { test, judges, sizes, signal } = by
  const samples = await vae.sample(sizes.draws, { seed, signal })
  const shifted = await vae.sample(sizes.draws, { ...shift, seed, signal })
  const encoding = await vae.encode(test, { signal })
  const snapshot = {
    epoch: event.epoch,
    train: event.train,
    test: await vae.evaluate(test, { seed, signal }),
    seen: await vae.evaluate(by.train.slice(0, test.length), { seed, signal }),
    latents: await latentStatistics(vae, test.slice(0, sizes.neighbours), { seed, signal }),
    judged: {
      reconstructions: await judges.judge(await vae.reconstruct(test, { signal }), test.labels),
      samples: await judges.judge(samples),
      shifted: await judges.judge(shifted),
    },
  }
  if (!pictured) return snapshot
  return {
    ...snapshot,
    pictures: {
      points: packPoints(encoding.mean),
      reconstructions: packPictures(await vae.reconstruct(by.faces, { signal })),
      samples: packPictures(samples, shown),
      shifted: packPictures(shifted, shown),
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
