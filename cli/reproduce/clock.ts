/** Estimated duration of a plan, corrected by the time taken so far. */
import { type Experiment, type ExperimentPlan, isStudied, type Sizes, trainingImages } from './plan.js'

/** Seconds of the work besides training, on two cores with MNIST. */
const seconds = {
  /** Training of both classifiers. */
  classifiers: () => 20,
  snapshot: ({ test }: Sizes) => 0.1 + test / 10_000,
  /** Studies of a plain VAE. */
  study: ({ estimates }: Sizes) => estimates / 4,
}

/** Unit of work: a number of training images, or a measurement. */
export type Work = { readonly images: number } | keyof typeof seconds

/** Counts work in its expected seconds. */
export class Clock {
  readonly #imagesPerSecond: number
  readonly #sizes: Sizes
  readonly #startTime = performance.now()
  #left: number
  #done = 0

  constructor(todo: readonly Work[], imagesPerSecond: number, sizes: Sizes) {
    this.#imagesPerSecond = imagesPerSecond
    this.#sizes = sizes
    this.#left = todo.reduce((sum, piece) => sum + this.#expectedSeconds(piece), 0)
  }

  tick(piece: Work): void {
    const expected = this.#expectedSeconds(piece)
    this.#done += expected
    this.#left = Math.max(0, this.#left - expected)
  }

  /** Seconds left at the observed pace, or at the expected pace for the first 10 expected seconds. */
  get secondsLeft(): number {
    const elapsed = (performance.now() - this.#startTime) / 1000
    return this.#done < 10 ? this.#left : this.#left * (elapsed / this.#done)
  }

  #expectedSeconds(piece: Work): number {
    return typeof piece === 'string' ? seconds[piece](this.#sizes) : piece.images / this.#imagesPerSecond
  }
}

/** Remaining work of an experiment that has `snapshots` measurements. */
export function remainingWork(experiment: Experiment, examples: number, snapshots: number): Work[] {
  const from = experiment.epochs[snapshots - 1] ?? 0
  const images = trainingImages(experiment, examples, from, experiment.epochs.at(-1) ?? 0)
  const measuring = experiment.epochs.slice(snapshots).map((): Work => 'snapshot')
  return [{ images }, ...measuring, ...(isStudied(experiment) ? (['study'] as const) : [])]
}

/** Work of the whole plan. */
export function allWork({ experiments, examples }: ExperimentPlan): Work[] {
  return ['classifiers', ...experiments.flatMap((one) => remainingWork(one, examples, 0))]
}
