/** Mapping of values from the data's units to a model's inputs, fitted to its training data. */
export type Scale = Unscaled | UnitScale | Standardization

/** x becomes `factor`·x. */
export interface Unscaled {
  readonly type: 'none'
  /** 255 where a model receives bytes as plain numbers (`scale: 'none'`), else 1. */
  readonly factor: number
}

/** x becomes (x − minimum) / (maximum − minimum), or x − minimum if both are the same. */
export interface UnitScale {
  readonly type: 'unit'
  /** Smallest value of the training data. */
  readonly minimum: number
  /** Largest value of the training data. */
  readonly maximum: number
  /** True if values beyond the training data's range count as its ends, for a likelihood of [0, 1]. */
  readonly clamped: boolean
}

/** x becomes (x − mean) / deviation, with a mean and a deviation for each value of an example. */
export interface Standardization {
  readonly type: 'standardize'
  /** Means over the training data. */
  readonly mean: readonly number[]
  /** Standard deviations over the training data; 1 for a value that is constant. */
  readonly deviation: readonly number[]
}
