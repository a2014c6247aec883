/** Experiments of the paper: models, data sizes and work. */
import type { Estimator, Posterior } from '../../index.js'

/** The two reconstruction terms with which every claim is evaluated. */
export const likelihoods = ['bernoulli', 'squared-error'] as const
export type PaperLikelihood = (typeof likelihoods)[number]

/** Model to train, and the epochs after which it is measured. */
export interface Experiment {
  /** Name of its run folder: `bernoulli-beta-5-seed-1`. */
  readonly id: string
  /** Name without likelihood and seed, the key for comparisons over both: `beta-5`. */
  readonly model: string
  readonly likelihood: PaperLikelihood
  readonly posterior: Posterior
  readonly beta: number
  /** Epochs over which β rises linearly from 0 to `beta`; default none. */
  readonly warmUp?: number
  readonly estimator?: Estimator
  readonly seed: number
  /** Epochs of the measurements, ascending; training ends after the last. */
  readonly epochs: readonly number[]
  /** Set to keep pictures and latents for the figures. */
  readonly pictured: boolean
}

/** Full plan of `reproduce`. */
export interface ExperimentPlan {
  readonly quick: boolean
  /** Number of training images to use, from the first. */
  readonly examples: number
  readonly seeds: readonly number[]
  /** Epochs of figures 5 to 8. */
  readonly epochs: readonly number[]
  readonly sizes: Sizes
  readonly experiments: readonly Experiment[]
}

/** Sizes of the measurements. */
export interface Sizes {
  /** Number of test images, from the first. */
  readonly test: number
  /** Test images for the nearest-neighbour statistics; the cost is quadratic. */
  readonly neighbours: number
  /** Samples for the classifiers. */
  readonly draws: number
  /** Images for the importance-weighted bounds. */
  readonly bounds: number
  /** Gradient estimates per estimator. */
  readonly estimates: number
}

/** β of the paper's figures; below those of its text, and values between for the trade-off. */
export const paperBetas = [0, 1, 5, 50] as const
const highBetas = [200, 500] as const
const betweenBetas = [0.5, 2, 10, 20] as const

/** Network and batch size of every model. */
export const network = { latentDim: 2, hiddenDims: [512, 256], batchSize: 128 } as const

/** KL of Keras posts, a hypothesis about the paper's code. */
const kerasSlip: Estimator = { type: 'reparameterization', kl: 'keras-slip' }

/** Builds the paper's twenty epochs on all images, or a quick sketch that takes minutes. */
export function planExperiments({ quick, examples }: { quick: boolean; examples: number }): ExperimentPlan {
  const seeds = [1, 2, 3]
  const epochs = quick ? [1, 2, 3, 4] : [1, 5, 10, 20]
  const last = epochs.at(-1) as number
  const ends = [1, last]
  const short = [1, quick ? 2 : 5]
  const models: Model[] = [
    ...paperBetas.map((beta) => ({ model: `beta-${beta}`, beta, epochs, seeds })),
    { model: 'autoencoder', posterior: 'deterministic', beta: 0, epochs, seeds },
    ...highBetas.map((beta) => ({ model: `beta-${beta}`, beta, epochs: ends, seeds })),
    { model: 'laplace', posterior: 'laplace', beta: 1, epochs: ends, seeds },
    { model: 'uniform', posterior: 'uniform', beta: 1, warmUp: quick ? 2 : 5, epochs: ends, seeds },
    // Collapses at once without warm-up: a wider interval saves KL to first order, a code gains only to second order.
    { model: 'uniform-cold', posterior: 'uniform', beta: 1, epochs: short, seeds },
    { model: 'latent-mean', beta: 25, epochs: ends, seeds },
    { model: 'pixel-mean', beta: 784, epochs: short, seeds },
    { model: 'keras-slip', beta: 50, estimator: kerasSlip, epochs: short, seeds },
    ...betweenBetas.map((beta) => ({ model: `beta-${beta}`, beta, epochs: ends, seeds: seeds.slice(0, 1) })),
  ]
  // A sketch has three seeds for figures 2 to 13, and one for the rest.
  const chosenModels = quick
    ? models.map(({ seeds, ...model }, i) => ({ ...model, seeds: i <= 4 ? seeds : [1] }))
    : models
  return {
    quick,
    examples: quick ? Math.min(12_000, examples) : examples,
    seeds,
    epochs,
    sizes: quick
      ? { test: 2000, neighbours: 2000, draws: 500, bounds: 100, estimates: 30 }
      : { test: 10_000, neighbours: 5000, draws: 2000, bounds: 500, estimates: 100 },
    experiments: chosenModels.flatMap((model) => likelihoods.flatMap((likelihood) => experiments(model, likelihood))),
  }
}

interface Model extends Pick<Experiment, 'model' | 'beta' | 'warmUp' | 'epochs'> {
  readonly posterior?: Posterior
  readonly estimator?: Estimator
  readonly seeds: readonly number[]
}

function experiments({ seeds, posterior = 'gaussian', ...model }: Model, likelihood: PaperLikelihood): Experiment[] {
  return seeds.map((seed) => ({
    ...model,
    id: `${likelihood}-${model.model}-seed-${seed}`,
    likelihood,
    posterior,
    seed,
    pictured: seed === 1,
  }))
}

/** True if its last model is studied beyond its snapshots: only the plain VAE. */
export function isStudied({ model }: Experiment): boolean {
  return model === 'beta-1'
}

/** Measured slowdown per image of the reference path. */
const referencePath = 8

/** Training images of an experiment between two epochs, weighted by cost. */
export function trainingImages(experiment: Experiment, examples: number, from: number, to: number): number {
  return (to - from) * examples * (experiment.estimator ? referencePath : 1)
}
