import { type Dataset, handleOf, isDataset } from '../dataset.js'
import { encodeOptions } from '../encode-options.js'
import { type Examples, type ExpectedExamples, toNative } from '../examples.js'
import { callAsync, type NativeClassifier, trainClassifier as native } from '../native.js'
import type { TrainOptions } from '../options.js'

/** Options of {@link trainClassifier}. */
export interface ClassifierOptions extends Pick<TrainOptions, 'threads' | 'signal'> {
  /**
   * Widths of the hidden layers; `[]` is a linear classifier.
   * @default [256]
   */
  hiddenDims?: readonly number[]
  /**
   * Non-linearity after every hidden layer.
   * @default 'relu'
   */
  activation?: TrainOptions['activation']
  /**
   * Number of passes over the data; from 1 up.
   * @default 5
   */
  epochs?: number
  /**
   * Examples per step; from 1 up.
   * @default 128
   */
  batchSize?: number
  /**
   * η, Adam's step size; above 0.
   * @default 1e-3
   */
  learningRate?: number
  /**
   * Seed of the initial weights and the order of the examples.
   * @default 1
   */
  seed?: number
  /**
   * Called with the number of steps done, at intervals.
   * @default none
   */
  onProgress?: (progress: { done: number; total: number }) => void
}

/** Predictions of a classifier for n examples. */
export interface Classification {
  /** Most likely label of each example, (n). */
  readonly labels: Int32Array
  /** Probability of that label, (n). */
  readonly confidence: Float32Array
  /** Mean confidence: the "average confidence" of the paper's equation 13. */
  readonly meanConfidence: number
  /** Share of correct labels, if the examples are a data set with labels. */
  readonly accuracy?: number
}

/** A trained classifier. */
export class Classifier {
  readonly #native: NativeClassifier
  readonly #expected: ExpectedExamples

  /** @internal */
  constructor(native: NativeClassifier, data: Dataset) {
    this.#native = native
    this.#expected = { shape: data.shape, preprocessing: data.preprocessing, pixels: data.pixels }
  }

  /**
   * Classifies these examples.
   *
   * @throws {VaeError} `ERR_VAE_SHAPE` for examples of another size; `signal.reason` when aborted.
   */
  async classify(x: Examples, options: { signal?: AbortSignal } = {}): Promise<Classification> {
    const found = await callAsync(
      async (token) => this.#native.classify(await toNative(x, this.#expected, token), token),
      options.signal,
    )
    const { labels, confidence, mean } = found
    const expected = isDataset(x) ? x.labels : undefined
    const correct = expected && labels.reduce((sum, label, i) => sum + (label === expected[i] ? 1 : 0), 0)
    return {
      labels,
      confidence,
      meanConfidence: mean,
      ...(correct !== undefined && { accuracy: correct / labels.length }),
    }
  }
}

/**
 * Trains a classifier on the labels of a data set, to measure its confidence in what a VAE generates: hidden layers and
 * a softmax, cross entropy, Adam. The same seed gives the same bits.
 *
 * @throws {VaeError} `ERR_VAE_OPTION` for data without labels; `ERR_VAE_DIVERGED`; `signal.reason` when aborted.
 */
export async function trainClassifier(data: Dataset, options: ClassifierOptions = {}): Promise<Classifier> {
  const { signal, onProgress, ...rest } = options
  const json = encodeOptions(rest)
  const trained = await callAsync((token) => native(handleOf(data), json, token), signal, onProgress)
  return new Classifier(trained, data)
}
