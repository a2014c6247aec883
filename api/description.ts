import type { SkippedFile } from './dataset.js'
import { withoutNulls } from './json.js'
import type { ExampleShape } from './tensor.js'

/** Description of the data at a path, from `datasets.describe`. Lists that do not apply to its kind are empty. */
export interface DataDescription {
  /** Kind of data, in words: `an IDX file`, `a folder of pictures`, `an .npz file`, `a table` … */
  readonly kind: string
  /** Number of examples to train on; 0 for an .npz of several arrays until one is chosen. */
  readonly examples: number
  /** Number of examples kept apart for tests: the `t10k` files of a folder. */
  readonly heldOut: number
  /** Shape of one example, if all have the same. */
  readonly shape?: ExampleShape
  /** Meaning of the values, in words: `u8 / 255`, `floats as they are` … */
  readonly values?: string
  /** The sizes of the pictures in a folder, the most frequent first. */
  readonly sizes: readonly SizeCount[]
  /** The labels, ascending. */
  readonly labels: readonly LabelCount[]
  /** The arrays of an .npz file. */
  readonly arrays: readonly ArrayEntry[]
  /** The columns of a table. */
  readonly columns: readonly TableColumn[]
  /** Notes on how the data were read, one clause each: `the first row names the columns`. */
  readonly notes: readonly string[]
  /** Files that cannot be read, with reasons. */
  readonly unreadable: readonly SkippedFile[]
  /** Suggested next step, as a sentence in terms of the options. */
  readonly suggestion: string
}

/** Number of pictures of one size. */
export interface SizeCount {
  /** Height in pixels. */
  readonly height: number
  /** Width in pixels. */
  readonly width: number
  readonly count: number
}

/** Number of examples with one label. */
export interface LabelCount {
  readonly label: number
  /** Name of the label, if it has one. */
  readonly name?: string
  readonly count: number
}

/** An array of an .npz file. */
export interface ArrayEntry {
  /** Name to pass as `key`. */
  readonly name: string
  /** Length of every axis, the number of examples first. */
  readonly sizes: readonly number[]
  /** Reason why it cannot be read as examples, if it cannot. */
  readonly unusable?: string
}

/** A column of a table. */
export interface TableColumn {
  readonly name: string
  /** Number of cells that are not finite numbers; a column without any can be trained on. */
  readonly notNumbers: number
}

/** Decodes a description from the core's JSON, in which unset fields are null. */
export function decodeDescription(json: string): DataDescription {
  const description = withoutNulls(JSON.parse(json) as DataDescription)
  const { labels, arrays } = description
  return { ...description, labels: labels.map(withoutNulls), arrays: arrays.map(withoutNulls) }
}
