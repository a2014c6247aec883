/** What the paper's experiments are: which models are trained, on how much, and how long that takes. */
import type { Estimator, Posterior } from '../../index.js'

/** The two reconstruction terms that every claim is measured with. */
export const likelihoods = ['bernoulli', 'squared-error'] as const
export type PaperLikelihood = (typeof likelihoods)[number]

/** A model that is trained, and the epochs after which it is measured. */
export interface Experiment {
  /** The name of its run folder: `bernoulli-beta-5-seed-1`. */
  readonly id: string
  /** What it is without likelihood and seed; what is the same here is compared over both: `beta-5`. */
  readonly model: string
  readonly likelihood: PaperLikelihood
  readonly posterior: Posterior
  readonly beta: number
  /** Epochs over which β rises to that from 0, in a straight line; none unless said. */
  readonly warmUp?: number
  readonly estimator?: Estimator
  readonly seed: number
  /** Rising; the last is how long it is trained. */
  readonly epochs: readonly number[]
  /** Whether pictures and latents are kept for the figures. */
  readonly pictured: boolean
}

/** All that `reproduce` trains. */
export interface Plan {
  readonly quick: boolean
  /** The training images that are used: the first so many, or all. */
  readonly examples: number
  readonly seeds: readonly number[]
  /** The epochs of figures 5 to 8. */
  readonly epochs: readonly number[]
  readonly sizes: Sizes
  readonly experiments: readonly Experiment[]
}

/** On how much a model is measured. */
export interface Sizes {
  /** Test images: the first so many. */
  readonly test: number
  /** Those whose latent neighbours are looked for: the cost grows with the square. */
  readonly neighbours: number
  /** Samples that the judges see. */
  readonly draws: number
  /** Images whose importance-weighted bounds are taken. */
  readonly bounds: number
  /** How often each estimator estimates a gradient. */
  readonly estimates: number
}

/** β of the paper's figures, of its text, and between them for the trade-off. */
export const paperBetas = [0, 1, 5, 50] as const
export const highBetas = [200, 500] as const
const betweenBetas = [0.5, 2, 10, 20] as const

/** Every model's network and batches. */
export const network = { latentDim: 2, hiddenDims: [512, 256], batchSize: 128 } as const

/** Keras posts' KL, a hypothesis about the paper's code. */
const kerasSlip: Estimator = { type: 'reparameterization', kl: 'keras-slip' }

/** The paper's twenty epochs on every image, or a sketch of them that takes minutes. */
export function plan({ quick, examples }: { quick: boolean; examples: number }): Plan {
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
    // Without a warm-up it collapses at once: a wider interval saves KL in the first order, a code pays in the second.
    { model: 'uniform-cold', posterior: 'uniform', beta: 1, epochs: short, seeds },
    { model: 'latent-mean', beta: 25, epochs: ends, seeds },
    { model: 'pixel-mean', beta: 784, epochs: short, seeds },
    { model: 'keras-slip', beta: 50, estimator: kerasSlip, epochs: short, seeds },
    ...betweenBetas.map((beta) => ({ model: `beta-${beta}`, beta, epochs: ends, seeds: seeds.slice(0, 1) })),
  ]
  // A sketch has three seeds of what figures 2 to 13 show, and one of the rest.
  const asked = quick ? models.map(({ seeds, ...model }, i) => ({ ...model, seeds: i <= 4 ? seeds : [1] })) : models
  return {
    quick,
    examples: quick ? Math.min(12_000, examples) : examples,
    seeds,
    epochs,
    sizes: quick
      ? { test: 2000, neighbours: 2000, draws: 500, bounds: 100, estimates: 30 }
      : { test: 10_000, neighbours: 5000, draws: 2000, bounds: 500, estimates: 100 },
    experiments: asked.flatMap((model) => likelihoods.flatMap((likelihood) => experiments(model, likelihood))),
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

/** Whether its last model is studied beyond its snapshots: the plain VAE's is. */
export function isStudied({ model }: Experiment): boolean {
  return model === 'beta-1'
}

/** How much slower an image is on the path that does everything, measured. */
const referencePath = 8

/** The images that an experiment trains on between two of its epochs, each counted by what it costs. */
export function work(experiment: Experiment, examples: number, from: number, to: number): number {
  return (to - from) * examples * (experiment.estimator ? referencePath : 1)
}
