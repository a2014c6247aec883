import { type Dataset, handleOf, isDataset } from '../dataset.js'
import { encodeOptions } from '../encode-options.js'
import { type Examples, toNative } from '../examples.js'
import { background, type NativeClassifier, trainClassifier as native } from '../native.js'
import type { TrainOptions } from '../options.js'
import type { Preprocessing } from '../preprocessing.js'
import type { ExampleShape } from '../tensor.js'

/** How {@link trainClassifier} trains. */
export interface ClassifierOptions extends Pick<TrainOptions, 'threads' | 'signal'> {
  /**
   * Widths of the hidden layers; `[]` is a linear classifier.
   * @default [256]
   */
  hiddenDims?: readonly number[]
  /**
   * The non-linearity after every hidden layer.
   * @default 'relu'
   */
  activation?: TrainOptions['activation']
  /**
   * How many times the data is gone through; from 1 up.
   * @default 5
   */
  epochs?: number
  /**
   * Examples in a step; from 1 up.
   * @default 128
   */
  batchSize?: number
  /**
   * η, Adam's step size; above 0.
   * @default 1e-3
   */
  learningRate?: number
  /**
   * What the first weights and the order of the examples follow from.
   * @default 1
   */
  seed?: number
  /**
   * Told how many steps have been made.
   * @default none
   */
  onProgress?: (progress: { done: number; total: number }) => void
}

/** What a classifier says of n examples. */
export interface Classification {
  /** The label that it finds likeliest, (n). */
  readonly labels: Int32Array
  /** The probability that it gives that label, (n). */
  readonly confidence: Float32Array
  /** The mean confidence: the "average confidence" of the paper's equation 13. */
  readonly meanConfidence: number
  /** The share of the examples whose own label it names, if they are a data set with labels. */
  readonly accuracy?: number
}

/** A trained classifier. */
export class Classifier {
  readonly #native: NativeClassifier
  readonly #expected: { readonly shape: ExampleShape; readonly preprocessing: Preprocessing }

  /** @internal */
  constructor(native: NativeClassifier, data: Dataset) {
    this.#native = native
    this.#expected = { shape: data.shape, preprocessing: data.preprocessing }
  }

  /**
   * What it says of these examples.
   *
   * @throws {VaeError} `ERR_VAE_SHAPE` for examples of another size; `signal.reason` when aborted.
   */
  async classify(x: Examples, options: { signal?: AbortSignal } = {}): Promise<Classification> {
    const found = await background(
      async (task) => this.#native.classify(await toNative(x, this.#expected, task), task),
      options.signal,
    )
    const { labels, confidence, mean } = found
    const own = isDataset(x) ? x.labels : undefined
    const right = own && labels.reduce((sum, label, i) => sum + (label === own[i] ? 1 : 0), 0)
    return { labels, confidence, meanConfidence: mean, ...(right !== undefined && { accuracy: right / labels.length }) }
  }
}

/**
 * Trains a classifier on the labels of a data set, to ask how sure one is of what a VAE makes: hidden layers and a softmax,
 * cross entropy, Adam, the same seed the same bits.
 *
 * @throws {VaeError} `ERR_VAE_OPTION` for data without labels; `ERR_VAE_DIVERGED`; `signal.reason` when aborted.
 */
export async function trainClassifier(data: Dataset, options: ClassifierOptions = {}): Promise<Classifier> {
  const { signal, onProgress, ...rest } = options
  const json = encodeOptions(rest)
  const trained = await background((task) => native(handleOf(data), json, task), signal, onProgress)
  return new Classifier(trained, data)
}
