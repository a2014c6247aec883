import { describe, finiteNumber, wholeNumber } from './encode-options.js'
import { optionError } from './errors.js'
import { callSync, defaultOptions, type NativeDataset } from './native.js'
import type { Preprocessing } from './preprocessing.js'
import { columnNames, type Table } from './table.js'
import { batchOf, type ExampleShape, type Tensor, type ValueRange } from './tensor.js'

/** Default seed of a split: the core's own. */
const { seed: defaultSeed } = JSON.parse(defaultOptions()) as { seed: number }

/** Options of {@link Dataset.split}. */
export interface SplitOptions {
  /** Share of the examples to hold back, between 0 and 1; each side gets at least one example. */
  validation: number
  /**
   * Seed of the split; a whole number from 0 up.
   * @default 1
   */
  seed?: number
  /**
   * Hold back the same share of every label.
   * @default false
   */
  stratify?: boolean
}

/** A file that was left out of a data set because it could not be read. */
export interface SkippedFile {
  readonly path: string
  readonly reason: string
}

/** Returns the addon's handle of a data set, for this library's other modules. */
export let handleOf: (dataset: Dataset) => NativeDataset

/** True if this is a data set, whatever its static type. */
export let isDataset: (value: unknown) => value is Dataset

/**
 * n examples of one shape, stored by the addon as the bytes or floats they came as. A `Dataset` is a handle: slicing it
 * or passing it on copies nothing. Created by `datasets`.
 *
 * Its values have units of their own, in which they are handed out and taken back: of bytes value / 255, in [0, 1]; of
 * bits (bool, and bytes whose maximum is 1) 0 or 1; of floats the values as they were given. `scale` and `binarize`
 * change none of them: a model applies them to its inputs.
 */
export class Dataset {
  readonly #native: NativeDataset

  /** @internal */
  constructor(native: NativeDataset) {
    this.#native = native
  }

  /** n, the number of examples. */
  get length(): number {
    return this.#native.length
  }

  /** The shape of one example. */
  get shape(): ExampleShape {
    return this.#native.shape as unknown as ExampleShape
  }

  /** Type of a stored value: a byte or a float. */
  get element(): 'u8' | 'f32' {
    return this.#native.element
  }

  /** The label of each example, if there are labels. */
  get labels(): Int32Array | undefined {
    return this.#native.labels ?? undefined
  }

  /** Names of the labels (of their folders), from label 0. */
  get labelNames(): readonly string[] | undefined {
    return this.#native.labelNames ?? undefined
  }

  /** The name of each example (its file), if there are names. */
  get names(): readonly string[] | undefined {
    return this.#native.names ?? undefined
  }

  /**
   * SHA-256 in hex over values, shape and preprocessing: the same for data that train alike, on every machine.
   */
  get fingerprint(): string {
    return this.#native.fingerprint
  }

  /** SHA-256 in hex over values and shape alone. */
  get digest(): string {
    return this.#native.digest
  }

  /** Conversion of the data to numbers; a model stores it and applies it again. */
  get preprocessing(): Preprocessing {
    return JSON.parse(this.#native.preprocessing) as Preprocessing
  }

  /** Origin of the data: a path, or the name of a built-in set. */
  get source(): string | undefined {
    return this.#native.source ?? undefined
  }

  /** Files left out because of `onError: 'skip'`. */
  get skipped(): readonly SkippedFile[] {
    return this.#native.skipped
  }

  /** Notes on how the data were read, one clause each: `the first row names the columns`. */
  get notes(): readonly string[] {
    return this.#native.notes
  }

  /** The table that the data come from. */
  get table(): Table | undefined {
    const json = this.#native.table
    return json == null ? undefined : (JSON.parse(json) as Table)
  }

  /** True for bytes that are pixels, value / 255, and not bits. */
  get pixels(): boolean {
    return this.#native.pixels
  }

  /** Names of the columns, if the data come from a table with a header. */
  get columns(): readonly string[] | undefined {
    return columnNames(this.table)
  }

  /**
   * Values that are shown as black and white: [0, 1], or for floats beyond it the smallest and the largest value of the
   * whole source, whatever part of it this is.
   */
  get range(): ValueRange {
    return this.#native.range as unknown as ValueRange
  }

  /**
   * Returns the examples from `start` up to, but not including, `end`; negatives count from the end, as for an array.
   *
   * @param start Default 0.
   * @param end Default `length`.
   * @throws {VaeError} `ERR_VAE_OPTION` for a `start` or `end` that is not a number.
   */
  slice(start = 0, end = this.length): Dataset {
    const first = resolveIndex('start', start, this.length)
    const last = Math.max(first, resolveIndex('end', end, this.length))
    return callSync(() => new Dataset(this.#native.slice(first, last)))
  }

  /**
   * Returns the examples with this label.
   *
   * @param label A label, or its name.
   * @throws {VaeError} `ERR_VAE_OPTION` for an unknown name, or if there are no labels.
   */
  where(label: number | string): Dataset {
    const number = typeof label === 'string' ? this.#labelNamed(label) : label
    if (number !== (number | 0)) throw optionError('label', 'a whole number', describe(label))
    return callSync(() => new Dataset(this.#native.whereLabel(number)))
  }

  /**
   * Splits the examples at random into two data sets without a common example.
   *
   * @throws {VaeError} `ERR_VAE_OPTION` if the share is not between 0 and 1, or `stratify` is set without labels.
   */
  split(options: SplitOptions): { train: Dataset; validation: Dataset } {
    const { validation, seed = defaultSeed, stratify = false } = options
    const share = finiteNumber('validation', validation)
    const [train, heldBack] = callSync(() =>
      this.#native.split(share, wholeNumber('seed', seed, 0, Number.MAX_SAFE_INTEGER), stratify),
    )
    return { train: new Dataset(train as NativeDataset), validation: new Dataset(heldBack as NativeDataset) }
  }

  /**
   * Copies all values as floats, in the data's units: (n, ...shape). A model takes them for the same examples; `inputs` of
   * a model returns what it makes of them.
   */
  toTensor(): Tensor {
    return callSync(() => batchOf(this.#native.values(), this.shape, this.range))
  }

  #labelNamed(name: string): number {
    const names = this.labelNames ?? []
    const label = names.indexOf(name)
    if (label < 0)
      throw optionError('label', names.length > 0 ? `one of ${names.join(', ')}` : 'a number', describe(name))
    return label
  }

  static {
    handleOf = (dataset) => dataset.#native
    isDataset = (value): value is Dataset => typeof value === 'object' && value !== null && #native in value
  }
}

/** Reads an index as `Array.prototype.slice` does: negatives count from the end, and the length is the limit. */
function resolveIndex(option: string, index: number, length: number): number {
  if (typeof index !== 'number' || Number.isNaN(index)) throw optionError(option, 'a number', describe(index))
  const whole = Math.trunc(index)
  return whole < 0 ? Math.max(0, length + whole) : Math.min(whole, length)
}
