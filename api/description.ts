import type { SkippedFile } from './dataset.js'
import { withoutNulls } from './json.js'
import type { ExampleShape } from './tensor.js'

/** What a path holds, as `datasets.describe` tells it. A list that does not apply to the kind of data is empty. */
export interface DataDescription {
  /** In words: `an IDX file`, `a folder of pictures`, `an .npz file`, `a table` … */
  readonly kind: string
  /** How many examples to train on can be read; 0 for an .npz of several arrays until one is chosen. */
  readonly examples: number
  /** How many examples are kept apart for tests: the `t10k` files of a folder. */
  readonly heldOut: number
  /** The shape of one example, where all have the same. */
  readonly shape?: ExampleShape
  /** What the values mean, in words: `u8 / 255`, `floats as they are` … */
  readonly values?: string
  /** The sizes of the pictures in a folder, the most frequent first. */
  readonly sizes: readonly SizeCount[]
  /** The labels, ascending. */
  readonly labels: readonly LabelCount[]
  /** The arrays of an .npz file. */
  readonly arrays: readonly ArrayEntry[]
  /** The columns of a table. */
  readonly columns: readonly TableColumn[]
  /** The files that cannot be read, and why. */
  readonly unreadable: readonly SkippedFile[]
  /** What to do next, as a sentence in the words of the options. */
  readonly suggestion: string
}

/** How many pictures have one size. */
export interface SizeCount {
  /** In pixels. */
  readonly height: number
  /** In pixels. */
  readonly width: number
  readonly count: number
}

/** How many examples have one label. */
export interface LabelCount {
  readonly label: number
  /** What the label stands for, where it has a name. */
  readonly name?: string
  readonly count: number
}

/** An array of an .npz file. */
export interface ArrayEntry {
  /** The name to give as `key`. */
  readonly name: string
  /** All of its sizes, the number of examples first. */
  readonly sizes: readonly number[]
  /** Why it cannot be read as examples, if it cannot. */
  readonly unusable?: string
}

/** A column of a table. */
export interface TableColumn {
  readonly name: string
  /** Cells that are no finite number; a column without any can be trained on. */
  readonly notNumbers: number
}

/** A description as it crossed: what the core leaves open came as null. */
export function decodeDescription(json: string): DataDescription {
  const description = withoutNulls(JSON.parse(json) as DataDescription)
  const { labels, arrays } = description
  return { ...description, labels: labels.map(withoutNulls), arrays: arrays.map(withoutNulls) }
}
