import { describe, finiteNumber, wholeNumber } from './encode-options.js'
import { optionError } from './errors.js'
import { defaultOptions, direct, type NativeDataset } from './native.js'
import type { Preprocessing } from './preprocessing.js'
import { batchOf, type ExampleShape, type Tensor } from './tensor.js'

/** The seed of a split that is given none: the core's own. */
const { seed: defaultSeed } = JSON.parse(defaultOptions()) as { seed: number }

/** Options of {@link Dataset.split}. */
export interface SplitOptions {
  /** The share of the examples to hold back, between 0 and 1; at least one example goes to either side. */
  validation: number
  /**
   * What the examples are drawn by; a whole number from 0 up.
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

/** The addon's side of a data set: how this library's other modules reach it. */
export let handleOf: (dataset: Dataset) => NativeDataset

/** Whether this is a data set, whatever its type says. */
export let isDataset: (value: unknown) => value is Dataset

/**
 * n examples of one shape, held by the addon as the bytes or floats they came as. A `Dataset` is a handle: taking a
 * slice or passing it on copies nothing. Made by `datasets`.
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

  /** What is held for each value: a byte or a float. */
  get element(): 'u8' | 'f32' {
    return this.#native.element
  }

  /** The label of each example, where there are labels. */
  get labels(): Int32Array | undefined {
    return this.#native.labels ?? undefined
  }

  /** What the labels stand for (the names of the folders): label 0 is the first. */
  get labelNames(): readonly string[] | undefined {
    return this.#native.labelNames ?? undefined
  }

  /** The name of each example (its file), where there are names. */
  get names(): readonly string[] | undefined {
    return this.#native.names ?? undefined
  }

  /** A hash of values, shape and preprocessing: the same data has the same fingerprint, everywhere. */
  get fingerprint(): string {
    return this.#native.fingerprint
  }

  /** How the data became numbers; a model keeps it and applies it again. */
  get preprocessing(): Preprocessing {
    return JSON.parse(this.#native.preprocessing) as Preprocessing
  }

  /** Where the data came from: a path, or the name of a built-in set. */
  get source(): string | undefined {
    return this.#native.source ?? undefined
  }

  /** The files that were left out, where `onError: 'skip'` asked for that. */
  get skipped(): readonly SkippedFile[] {
    return this.#native.skipped
  }

  /**
   * The examples from `start` up to and without `end`, counted from the end where negative, as for an array.
   *
   * @param start Default 0.
   * @param end Default `length`.
   */
  slice(start = 0, end = this.length): Dataset {
    const first = position('start', start, this.length)
    const last = Math.max(first, position('end', end, this.length))
    return direct(() => new Dataset(this.#native.slice(first, last)))
  }

  /**
   * The examples with this label.
   *
   * @param label A label, or its name.
   * @throws {VaeError} `ERR_VAE_OPTION` for a name that no label has, or where there are no labels.
   */
  where(label: number | string): Dataset {
    const number = typeof label === 'string' ? this.#labelNamed(label) : label
    if (number !== (number | 0)) throw optionError('label', 'a whole number', describe(label))
    return direct(() => new Dataset(this.#native.whereLabel(number)))
  }

  /**
   * Two data sets without a common example, drawn at random.
   *
   * @throws {VaeError} `ERR_VAE_OPTION` if the share is not between 0 and 1, or there are no labels to balance.
   */
  split(options: SplitOptions): { train: Dataset; validation: Dataset } {
    const { validation, seed = defaultSeed, stratify = false } = options
    const share = finiteNumber('validation', validation)
    const [train, heldBack] = direct(() =>
      this.#native.split(share, wholeNumber('seed', seed, 0, Number.MAX_SAFE_INTEGER), stratify),
    )
    return { train: new Dataset(train as NativeDataset), validation: new Dataset(heldBack as NativeDataset) }
  }

  /** A copy of all values as floats, as a model sees them: (n, ...shape). */
  toTensor(): Tensor {
    return direct(() => batchOf(this.#native.toFloats(), this.shape))
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

/** An index as `Array.prototype.slice` reads it: from the end where negative, cut to what there is. */
function position(option: string, index: number, length: number): number {
  if (typeof index !== 'number' || Number.isNaN(index)) throw optionError(option, 'a number', describe(index))
  const whole = Math.trunc(index)
  return whole < 0 ? Math.max(0, length + whole) : Math.min(whole, length)
}
