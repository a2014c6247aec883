import type { TrainOptions } from '../options.js'

/** Numbers from `low` to `high`, both included; of an option that is a whole number, the whole ones. */
export interface Range {
  /** The least. */
  low: number
  /** The greatest; above `low`. */
  high: number
  /**
   * Equal ratios are equally likely, not equal differences; `low` must then be above 0.
   * @default false
   */
  log?: boolean
  /**
   * Only low, low + step, low + 2·step …; not of a logarithmic range.
   * @default none, of whole numbers 1
   */
  step?: number
}

/** The options that can be varied: those that decide what is trained. */
export type Varied =
  | 'latentDim'
  | 'hiddenDims'
  | 'activation'
  | 'initialization'
  | 'posterior'
  | 'prior'
  | 'likelihood'
  | 'beta'
  | 'estimator'
  | 'epochs'
  | 'batchSize'
  | 'learningRate'
  | 'adam'
  | 'earlyStopping'
  | 'keep'

/** A list of values for each option that is varied, or of one that is a number a range. */
export type Vary = {
  readonly [Name in Varied]?:
    | readonly NonNullable<TrainOptions[Name]>[]
    | (Extract<TrainOptions[Name], number> extends never ? never : Range)
}

/** What a trial has of what is varied. */
export type Params = Readonly<Partial<Pick<TrainOptions, Varied>>>

/**
 * How points are chosen.
 * - `'grid'`: every combination of listed values, the last option fastest.
 * - `'random'`: each by itself.
 * - `'quasi-random'`: a scrambled Sobol sequence, which covers the space more evenly than random points do.
 * - `'tpe'`: a tree-structured Parzen estimator; the first ten at random, then near those that were best.
 */
export type Sampler = 'grid' | 'random' | 'quasi-random' | 'tpe'

/** The loss that trials are compared by; the ELBO is to be large, the others small. */
export type Objective = 'elbo' | 'loss' | 'reconstruction' | 'kl'

/** A trial ends early whose value after an epoch is worse than the median that complete trials had there. */
export interface MedianPruner {
  type: 'median'
  /**
   * So many epochs are trained whatever comes of them; from 0 up.
   * @default 1
   */
  warmupEpochs?: number
  /**
   * So many complete trials there must be to compare with; from 1 up.
   * @default 5
   */
  minTrials?: number
}

/**
 * Everything that {@link sweep} can be told: the options of every trial, as for {@link trainVae}, and those of the search.
 * An option that is varied is not given besides.
 */
export interface SweepOptions extends Omit<TrainOptions, 'out' | 'fork'> {
  /** The folder of the study: its journal `study.jsonl`, and a run folder for each trial in `trials/`. */
  out: string
  /**
   * Continue the study that `out` holds, or start one if it holds none. Its other options must be the same, but `trials`
   * may be more, and `threads`, `device`, `checkpointEvery` and `probe` may change.
   * @default false
   */
  resume?: boolean
  /**
   * What is varied: `{ beta: [0, 1, 5], learningRate: { low: 1e-4, high: 1e-2, log: true } }`.
   * @default nothing
   */
  vary?: Vary
  /**
   * How many seeds each point is trained with: `seed`, `seed` + 1 and so on, one after the other. Trials of one seed share
   * weights, order and noise, so that they differ by what is varied alone.
   * @default 1
   */
  seeds?: number
  /**
   * How points are chosen.
   * @default 'grid' where all values are listed, else 'quasi-random'
   */
  sampler?: Sampler
  /**
   * How many trials there are, points times seeds; needed unless the sampler is a grid, which has an end.
   * @default all of the grid
   */
  trials?: number
  /**
   * By what trials are compared: a loss on the validation data, or without such on the training data.
   * @default 'elbo'
   */
  objective?: Objective
  /**
   * When trials end early.
   * @default never
   */
  pruner?: 'median' | MedianPruner
  /**
   * How many trials are trained at once, each on its share of `threads`. What trial n learns of others, with `'tpe'` or a
   * pruner, are exactly those up to n − jobs, for which it waits: so a study is the same whoever ends first, but not
   * with another number of jobs. Continued, such a study has the jobs that it had. On a GPU they are `members` of the same
   * launches.
   * @default as many as there are threads; on a GPU 8
   */
  jobs?: number
  /**
   * Ends all trials at once and keeps what is on disk; the sweep rejects with `signal.reason`. To end it in good order,
   * call `stop()` on it.
   * @default none
   */
  signal?: AbortSignal
}
