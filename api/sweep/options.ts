import type { TrainOptions } from '../options.js'

/** Range of numbers, both ends included; only whole ones for an option that is a whole number. */
export interface Range {
  /** Smallest value. */
  low: number
  /** Largest value; above `low`. */
  high: number
  /**
   * Logarithmic range: equal ratios are equally likely, not equal differences; `low` must then be above 0.
   * @default false
   */
  log?: boolean
  /**
   * Step between values: low, low + step, low + 2·step …; not for a logarithmic range.
   * @default none, of whole numbers 1
   */
  step?: number
}

/** Options that can be varied: those that affect the trained model. */
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

/** Values for each varied option: a list, or a range if the option is a number. */
export type Vary = {
  readonly [Name in Varied]?:
    | readonly NonNullable<TrainOptions[Name]>[]
    | (Extract<TrainOptions[Name], number> extends never ? never : Range)
}

/** Values of the varied options in a trial. */
export type Params = Readonly<Partial<Pick<TrainOptions, Varied>>>

/**
 * Method of choosing points.
 * - `'grid'`: every combination of listed values, the last option fastest.
 * - `'random'`: each point independently.
 * - `'quasi-random'`: a scrambled Sobol sequence, which covers the space more evenly than random points.
 * - `'tpe'`: a tree-structured Parzen estimator; the first ten at random, then near the best ones.
 */
export type Sampler = 'grid' | 'random' | 'quasi-random' | 'tpe'

/** Loss that trials are compared by; the ELBO is maximised, the others are minimised. */
export type Objective = 'elbo' | 'loss' | 'reconstruction' | 'kl'

/** Rule that ends a trial whose value after an epoch is worse than the median of complete trials at that epoch. */
export interface MedianPruner {
  type: 'median'
  /**
   * Number of epochs before the rule applies; from 0 up.
   * @default 1
   */
  warmupEpochs?: number
  /**
   * Minimum number of complete trials to compare with; from 1 up.
   * @default 5
   */
  minTrials?: number
}

/**
 * Options of {@link sweep}: those of every trial, as for {@link trainVae}, and those of the search. A varied option
 * must not also be given by itself.
 */
export interface SweepOptions extends Omit<TrainOptions, 'out' | 'fork'> {
  /** Folder of the study: its journal `study.jsonl`, and a run folder for each trial in `trials/`. */
  out: string
  /**
   * Continue the study in `out`, or start one if there is none. Its other options must be the same, but `trials` may
   * grow, and `threads`, `device`, `checkpointEvery` and `probe` may change.
   * @default false
   */
  resume?: boolean
  /**
   * Options to vary: `{ beta: [0, 1, 5], learningRate: { low: 1e-4, high: 1e-2, log: true } }`.
   * @default nothing
   */
  vary?: Vary
  /**
   * Number of seeds that each point is trained with: `seed`, `seed` + 1 and so on, one after the other. Trials of one
   * seed share weights, order and noise, so that they differ only in the varied options.
   * @default 1
   */
  seeds?: number
  /**
   * Method of choosing points.
   * @default 'grid' where all values are listed, else 'quasi-random'
   */
  sampler?: Sampler
  /**
   * Number of trials, points times seeds; required unless the sampler is a grid, which is finite.
   * @default all of the grid
   */
  trials?: number
  /**
   * Loss that trials are compared by, on the validation data, or else on the training data.
   * @default 'elbo'
   */
  objective?: Objective
  /**
   * Rule that ends trials early.
   * @default never
   */
  pruner?: 'median' | MedianPruner
  /**
   * Number of trials trained at once, each on its share of `threads`. With `'tpe'` or a pruner, trial n learns from
   * exactly the trials up to n − jobs, for which it waits: so the study does not depend on the order in which trials
   * end, but it does on the number of jobs, and keeps it when resumed. On a GPU the trials share launches, like
   * runs with `members`.
   * @default the number of threads; on a GPU 8
   */
  jobs?: number
  /**
   * Signal that aborts all trials at once and keeps what is on disk; the sweep rejects with `signal.reason`. To end it
   * in order, call `stop()` on it.
   * @default none
   */
  signal?: AbortSignal
}
