import type {
  BatchedCall,
  Call,
  DecodeCall,
  Encoding,
  EvaluateCall,
  InterpolateCall,
  LogLikelihood,
  LogLikelihoodCall,
  ReconstructCall,
  SampleCall,
  ScoreCall,
  Scores,
  Units,
} from './calls.js'
import { decodeEvaluation } from './decode-event.js'
import { encodeOptions, wholeNumber } from './encode-options.js'
import { optionError } from './errors.js'
import type { Evaluation, Losses } from './events.js'
import { type Examples, flatten, isTensor, toNative } from './examples.js'
import { toPath } from './image-source.js'
import { withoutNulls } from './json.js'
import { callAsync, callSync, type NativeDataset, type NativeTask, NativeVae } from './native.js'
import type { Device, Posterior, TrainOptions } from './options.js'
import type { Preprocessing } from './preprocessing.js'
import type { Scale } from './scale.js'
import { columnNames, type Table } from './table.js'
import { batchOf, copyFloats, type ExampleShape, type Latents, type Tensor, type ValueRange } from './tensor.js'
import type { TrainingData } from './training-data.js'

declare module './errors.js' {
  // Here and not in errors.ts, so that errors do not depend on models.
  interface VaeError {
    /** The model before its run diverged or failed, if there is one. */
    readonly lastGood?: Vae
  }
}

/** Provenance of a model: its data, training and library version. */
export interface Trained {
  /** Training data: its source or fingerprint. */
  readonly dataset: string
  /** Optimiser steps taken. */
  readonly step: number
  /** Epochs finished. */
  readonly epoch: number
  /** Last β, which may differ from that of `config`. */
  readonly beta: number
  readonly validation?: Losses
  /** Version of vae-native that trained it. */
  readonly version: string
}

/** One array of learned parameters. */
export interface Layer {
  readonly name: string
  readonly shape: readonly number[]
}

interface Info<P extends Posterior> {
  posterior: P
  config: TrainOptions<P>
  preprocessing: Preprocessing
  shape: ExampleShape
  scaling: string
  pixels: boolean
  scale: Scale
  range: ValueRange
  table: Table | null
  labelNames: string[] | null
  data: TrainingData
  trained: Trained
  variance: number | null
  parameters: number
  layers: readonly Layer[]
}

/** Options of {@link loadVae}. */
export interface LoadOptions {
  /**
   * Number of threads that compute; from 1 up.
   * @default what the process may use
   */
  threads?: number
  /**
   * Device to compute on, as for training.
   * @default 'auto'
   */
  device?: Device
  /** Cancels loading; the promise then rejects with `signal.reason`. */
  signal?: AbortSignal
}

/**
 * Loads a model from disk.
 *
 * @param path A model file, a checkpoint, or the folder of a run.
 * @throws {VaeError} `ERR_VAE_IO`, `ERR_VAE_CHECKPOINT`, `ERR_VAE_OPTION` or `ERR_VAE_DEVICE`
 */
export async function loadVae(path: string | URL, options: LoadOptions = {}): Promise<Vae> {
  const json = encodeOptions(options, ['signal'])
  return callAsync(async (token) => new Vae(await NativeVae.load(toPath(path), json, token)), options.signal)
}

/** Calls the addon with its handles of a model and of examples, for this library's other modules. */
export let withNative: <T>(
  vae: Vae,
  x: Examples,
  options: Call | undefined,
  call: (native: NativeVae, data: NativeDataset, token: NativeTask) => Promise<T>,
) => Promise<T>

/**
 * A trained model. Its methods compute on threads of their own and may be called at the same time. They take examples in
 * any form, in the units of the data (see {@link Dataset}), and apply the preprocessing that the model was trained with;
 * what they return can be given back. They reject with `ERR_VAE_SHAPE`, `ERR_VAE_DATA_FORMAT` or `ERR_VAE_DATA_RANGE`
 * for unsuitable examples, and with `signal.reason` when aborted.
 *
 * Letters in shapes: n examples, d latent dimensions.
 */
export class Vae<P extends Posterior = Posterior> implements Disposable {
  static {
    withNative = (vae, x, options, call) => vae.#withExamples(x, options, call)
  }

  readonly #native: NativeVae
  readonly #info: Info<P>

  /** @internal */
  constructor(native: NativeVae) {
    this.#native = native
    const info = JSON.parse(native.info) as Info<P>
    this.#info = { ...info, config: withoutNulls(info.config), data: withoutNulls(info.data) }
  }

  /** Family of q(z|x). */
  get posterior(): P {
    return this.#info.posterior
  }

  /** Options that the model was trained with, defaults filled in. */
  get config(): Readonly<TrainOptions<P>> {
    return this.#info.config
  }

  /** Preprocessing of its training data. */
  get preprocessing(): Readonly<Preprocessing> {
    return this.#info.preprocessing
  }

  /** The shape of one example. */
  get shape(): ExampleShape {
    return this.#info.shape
  }

  /** Meaning of its training data's values, in words. */
  get scaling(): string {
    return this.#info.scaling
  }

  /** True if its training data held bytes that are pixels, value / 255, and not bits. */
  get pixels(): boolean {
    return this.#info.pixels
  }

  /** Mapping from the data's units to its inputs. */
  get scale(): Scale {
    return this.#info.scale
  }

  /** Values that are shown as black and white: [0, 1], or for floats beyond it the ends of its training data. */
  get range(): ValueRange {
    return this.#info.range
  }

  /** The table that its training data come from; the columns of other tables are matched by their names. */
  get table(): Table | undefined {
    return this.#info.table ?? undefined
  }

  /** Names of the columns, if its training data come from a table with a header. */
  get columns(): readonly string[] | undefined {
    return columnNames(this.table)
  }

  /** Names of its training data's labels. */
  get labelNames(): readonly string[] | undefined {
    return this.#info.labelNames ?? undefined
  }

  /** Identity of its training data. */
  get data(): TrainingData {
    return this.#info.data
  }

  /** Provenance of the model. */
  get trained(): Trained {
    return this.#info.trained
  }

  /** Number of learned parameters. */
  get parameters(): number {
    return this.#info.parameters
  }

  /** Arrays of learned parameters, in order. */
  get layers(): readonly Layer[] {
    return this.#info.layers
  }

  /** σ² of a gaussian likelihood, fixed or learned. */
  get variance(): number | undefined {
    return this.#info.variance ?? undefined
  }

  /**
   * Converts examples to the values that the model receives, after its {@link Scale}: (n, ...shape). A value that is
   * drawn as 0 or 1 (`binarize: 'dynamic'`) is the probability of 1.
   */
  async inputs(x: Examples, options?: Call): Promise<Tensor> {
    encodeOptions(options, ['signal'])
    return this.#examples(
      await this.#withExamples(x, options, (native, data, token) => native.inputs(data, token)),
      'model',
    )
  }

  /**
   * Encodes examples as q(z|x), (n, d) each: `mean`, which is the embedding, and for a gaussian `logVar` = ln σ², for a
   * Laplace distribution `logScale` = ln b, for a uniform one its ends `low` and `high`.
   */
  async encode(x: Examples, options?: BatchedCall): Promise<Encoding<P>> {
    const call = encodeOptions(options, ['signal'])
    const native = await this.#withExamples(x, options, (native, data, token) => native.encode(data, call, token))
    const parts = Object.entries(native).filter(([, values]) => values != null)
    const tensors = parts.map(([name, values]) => [name, batchOf(values, [this.#latentDim])])
    return { posterior: this.posterior, ...Object.fromEntries(tensors) } as unknown as Encoding<P>
  }

  /** Decodes each row of z to p(x|z): (n, ...shape). */
  async decode(z: Latents | readonly (readonly number[])[], options?: DecodeCall): Promise<Tensor> {
    const call = encodeOptions(options, ['signal'])
    const latents = this.#latents(z)
    const units = options?.output === 'logits' ? 'model' : options?.units
    return this.#examples(await callAsync((token) => this.#native.decode(latents, call, token), options?.signal), units)
  }

  /** Encodes and decodes each example: (n, ...shape). */
  async reconstruct(x: Examples, options?: ReconstructCall): Promise<Tensor> {
    const call = encodeOptions(options, ['signal'])
    return this.#examples(
      await this.#withExamples(x, options, (native, data, token) => native.reconstruct(data, call, token)),
      options?.units,
    )
  }

  /** Decodes n draws of z from the prior, or from its family with another mean or scale: (n, ...shape). */
  async sample(n: number, options?: SampleCall): Promise<Tensor> {
    const call = encodeOptions(options, ['signal'])
    const count = wholeNumber('n', n, 1)
    return this.#examples(
      await callAsync((token) => this.#native.sample(count, call, token), options?.signal),
      options?.units,
    )
  }

  /**
   * Interpolates linearly from each z of `from` to that of `to` and decodes the points: (n, steps, ...shape).
   *
   * @param from Examples, which are encoded first, or latents: a tensor of (n, d).
   * @param to Same number as `from`.
   */
  async interpolate(from: Examples | Latents, to: Examples | Latents, options?: InterpolateCall): Promise<Tensor> {
    const call = encodeOptions(options, ['signal'])
    const encode = encodeCall(options)
    return this.#withHandle(async (native) => {
      const [start, goal] = await Promise.all([this.#embedding(from, encode), this.#embedding(to, encode)])
      const images = await callAsync((token) => native.interpolate(start, goal, call, token), options?.signal)
      const n = start.length / this.#latentDim
      const { shape, ...examples } = this.#examples(images, options?.units)
      return { ...examples, shape: [n, (shape[0] ?? 0) / n, ...shape.slice(1)] }
    })
  }

  /** Evaluates the terms of the objective on this data, with standard error and the KL of each latent dimension. */
  async evaluate(x: Examples, options?: EvaluateCall): Promise<Evaluation> {
    const call = encodeOptions(options, ['signal'])
    const json = await this.#withExamples(x, options, (native, data, token) => native.evaluate(data, call, token))
    return decodeEvaluation(JSON.parse(json) as Evaluation)
  }

  /**
   * Estimates the importance-weighted bound of log p(x) with K samples: never below the elbo, on average.
   *
   * @throws {VaeError} `ERR_VAE_OPTION` for a deterministic posterior, which has no density.
   */
  async logLikelihood(x: Examples, options: LogLikelihoodCall): Promise<LogLikelihood> {
    const call = encodeOptions(options, ['signal'])
    const { perExample, json } = await this.#withExamples(x, options, (native, data, token) =>
      native.logLikelihood(data, call, token),
    )
    return { perExample: copyFloats(perExample), ...JSON.parse(json) }
  }

  /** Scores each example for anomaly detection: higher is stranger. */
  async score(x: Examples, options?: ScoreCall): Promise<Scores> {
    const call = encodeOptions(options, ['signal'])
    const scores = await this.#withExamples(x, options, (native, data, token) => native.score(data, call, token))
    const { by, perExample, map } = scores
    return { by: JSON.parse(by), perExample: copyFloats(perExample), ...(map && { map: batchOf(map, this.shape) }) }
  }

  /**
   * Writes the model as a safetensors file, complete or not at all.
   *
   * @throws {VaeError} `ERR_VAE_IO`
   */
  async save(path: string | URL): Promise<void> {
    await callAsync((token) => this.#native.save(toPath(path), token))
  }

  /** Frees the model's memory; calls in progress finish, later ones reject with `ERR_VAE_DISPOSED`. */
  dispose(): void {
    this.#native.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  get #latentDim(): number {
    return this.config.latentDim as number
  }

  #withExamples<T>(
    x: Examples,
    options: Call | undefined,
    call: (native: NativeVae, data: NativeDataset, token: NativeTask) => Promise<T>,
  ): Promise<T> {
    return this.#withHandle((native) =>
      callAsync(async (token) => call(native, await toNative(x, this, token), token), options?.signal),
    )
  }

  /** Runs work of several steps, which finishes even if the model is disposed of in between. */
  async #withHandle<T>(work: (native: NativeVae) => Promise<T>): Promise<T> {
    const handle = callSync(() => this.#native.hold())
    try {
      return await work(handle)
    } finally {
      handle.dispose()
    }
  }

  async #embedding(x: Examples | Latents, options: BatchedCall): Promise<Float32Array> {
    if (isTensor(x) && x.shape.length === 2 && x.shape[1] === this.#latentDim) return this.#latents(x as Latents)
    return (await this.encode(x, options)).mean.data
  }

  /** Returns rows of latents as one array, their width checked: the addon receives only the values. */
  #latents(z: Latents | readonly (readonly number[])[]): Float32Array {
    if (!isTensor(z)) return flatten(z, this.#latentDim, 'latent code')
    const [n, latentDim] = z.shape
    if (z.shape.length === 2 && latentDim === this.#latentDim && n * latentDim === z.data.length) return z.data
    throw optionError('z', `a tensor of (n, ${this.#latentDim})`, `(${z.shape.join(', ')})`, undefined, 'ERR_VAE_SHAPE')
  }

  #examples(data: Float32Array, units: Units = 'data'): Tensor {
    return batchOf(data, this.shape, units === 'data' ? this.range : undefined)
  }
}

/** Options that {@link Vae.interpolate} passes on to {@link Vae.encode}. */
function encodeCall(options: InterpolateCall = {}): BatchedCall {
  const { steps: _steps, units: _units, ...call } = options
  return call
}
