import type { Preprocessing } from './preprocessing.js'
import type { Reading } from './reading.js'

/** Identity of the data that a model was trained on. */
export interface TrainingData {
  /** Absolute path or name that it was opened by; absent for data of a program. */
  readonly source?: string
  /** SHA-256 in hex over its values, shape and preprocessing; in models of older versions, over values and shape. */
  readonly fingerprint: string
  /** SHA-256 in hex over its values and shape alone; absent in models of older versions. */
  readonly digest?: string
  /** Number of examples. */
  readonly n: number
  /** Conversion of the data to numbers; absent in models of older versions. */
  readonly preprocessing?: Preprocessing
  /** Part of its source; absent in models of older versions. */
  readonly part?: DataPart
  /** Options that its files were read with; absent for none. */
  readonly reading?: Reading
}

/**
 * Part of a source that a data set is:
 * - `'whole'`: all of it, or the part to train on where the source holds out another;
 * - `'heldOut'`: the part that the source holds out;
 * - `'split'`: a side of a random split of the whole;
 * - `'program'`: examples that a program chose, which cannot be found again.
 */
export type DataPart =
  | { readonly type: 'whole' }
  | { readonly type: 'heldOut' }
  | SplitPart
  | { readonly type: 'program' }

/** A side of a random split. */
export interface SplitPart {
  readonly type: 'split'
  /** Share of the examples that are held back. */
  readonly validation: number
  readonly seed: number
  /** True if every label is split in the same proportion. */
  readonly stratify: boolean
  /** True for the examples that are held back. */
  readonly heldBack: boolean
}
