/** How long a plan takes: stated before it begins, and corrected by what it has taken so far. */
import { type Experiment, isStudied, type Plan, type Sizes, work } from './plan.js'

/** Seconds of what is not training, on two cores with MNIST. */
const seconds = {
  /** Both judges. */
  judges: () => 20,
  snapshot: ({ test }: Sizes) => 0.1 + test / 10_000,
  /** Those of a plain VAE. */
  study: ({ estimates }: Sizes) => estimates / 4,
}

/** A piece of work: images trained on, or something measured. */
export type Work = { readonly images: number } | keyof typeof seconds

/** Counts work in the seconds that it was expected to take. */
export class Clock {
  readonly #imagesPerSecond: number
  readonly #sizes: Sizes
  readonly #began = performance.now()
  #left: number
  #done = 0

  constructor(todo: readonly Work[], imagesPerSecond: number, sizes: Sizes) {
    this.#imagesPerSecond = imagesPerSecond
    this.#sizes = sizes
    this.#left = todo.reduce((sum, piece) => sum + this.#expected(piece), 0)
  }

  tick(piece: Work): void {
    const expected = this.#expected(piece)
    this.#done += expected
    this.#left = Math.max(0, this.#left - expected)
  }

  /** The seconds that are left, at the pace of what is done; at the expected one until there is enough to judge by. */
  get secondsLeft(): number {
    const elapsed = (performance.now() - this.#began) / 1000
    return this.#done < 10 ? this.#left : this.#left * (elapsed / this.#done)
  }

  #expected(piece: Work): number {
    return typeof piece === 'string' ? seconds[piece](this.#sizes) : piece.images / this.#imagesPerSecond
  }
}

/** What is left to do of an experiment that has been measured after so many of its epochs. */
export function remaining(experiment: Experiment, examples: number, snapshots: number): Work[] {
  const from = experiment.epochs[snapshots - 1] ?? 0
  const images = work(experiment, examples, from, experiment.epochs.at(-1) ?? 0)
  const measuring = experiment.epochs.slice(snapshots).map((): Work => 'snapshot')
  return [{ images }, ...measuring, ...(isStudied(experiment) ? (['study'] as const) : [])]
}

/** What the whole plan is. */
export function everything({ experiments, examples }: Plan): Work[] {
  return ['judges', ...experiments.flatMap((one) => remaining(one, examples, 0))]
}
