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
} from './calls.js'
import { evaluation } from './decode-event.js'
import { encodeOptions, wholeNumber } from './encode-options.js'
import { optionError } from './errors.js'
import type { Evaluation, Losses } from './events.js'
import { type Examples, flatten, isTensor, toNative } from './examples.js'
import { toPath } from './image-source.js'
import { withoutNulls } from './json.js'
import { background, direct, type NativeDataset, type NativeTask, NativeVae } from './native.js'
import type { Device, Posterior, TrainOptions } from './options.js'
import type { Preprocessing } from './preprocessing.js'
import { batchOf, type ExampleShape, type Latents, ownFloats, type Tensor } from './tensor.js'

declare module './errors.js' {
  // Here and not in errors.ts, so that errors need not know models.
  interface VaeError {
    /** The model as it was before the run went wrong, if a run did and there is one. */
    readonly lastGood?: Vae
  }
}

/** Where a model comes from. */
export interface Trained {
  /** The training data: its source or fingerprint. */
  readonly dataset: string
  readonly step: number
  readonly epoch: number
  /** β as it was last set; not always that of `config`. */
  readonly beta: number
  readonly validation?: Losses
  /** The version of vae-native that trained it. */
  readonly version: string
}

/** The data that a model was trained on. */
export interface TrainingData {
  /** The path or name that it was opened by. */
  readonly source?: string
  /** A hash of its values, shape and preprocessing. */
  readonly fingerprint: string
  /** How many examples. */
  readonly n: number
}

/** One array of learned numbers. */
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
   * Threads that compute; from 1 up.
   * @default what the process may use
   */
  threads?: number
  /**
   * Where to compute; as for training.
   * @default 'auto'
   */
  device?: Device
  /** Ends loading; the promise then rejects with `signal.reason`. */
  signal?: AbortSignal
}

/**
 * A model from disk.
 *
 * @param path A model file, a checkpoint, or the folder of a run.
 * @throws {VaeError} `ERR_VAE_IO`, `ERR_VAE_CHECKPOINT`, `ERR_VAE_OPTION` or `ERR_VAE_DEVICE`
 */
export async function loadVae(path: string | URL, options: LoadOptions = {}): Promise<Vae> {
  const json = encodeOptions(options, ['signal'])
  return background(async (task) => new Vae(await NativeVae.load(toPath(path), json, task)), options.signal)
}

/** The addon's side of a model and of examples that it takes: how this library's other modules reach it. */
export let withNative: <T>(
  vae: Vae,
  x: Examples,
  options: Call | undefined,
  call: (native: NativeVae, data: NativeDataset, task: NativeTask) => Promise<T>,
) => Promise<T>

/**
 * A trained model. Its methods compute on threads of their own and may be called at the same time; each takes examples
 * in any form, applying the preprocessing that the model was trained with.
 *
 * Letters in shapes: n examples, d latent dimensions.
 */
export class Vae<P extends Posterior = Posterior> implements Disposable {
  static {
    withNative = (vae, x, options, call) => vae.#with(x, options, call)
  }

  readonly #native: NativeVae
  readonly #info: Info<P>

  /** @internal */
  constructor(native: NativeVae) {
    this.#native = native
    const info = JSON.parse(native.info) as Info<P>
    this.#info = { ...info, config: withoutNulls(info.config), data: withoutNulls(info.data) }
  }

  /** The family of q(z|x). */
  get posterior(): P {
    return this.#info.posterior
  }

  /** The options that the model was trained with, defaults filled in. */
  get config(): Readonly<TrainOptions<P>> {
    return this.#info.config
  }

  /** How its training data became numbers. */
  get preprocessing(): Readonly<Preprocessing> {
    return this.#info.preprocessing
  }

  /** The shape of one example. */
  get shape(): ExampleShape {
    return this.#info.shape
  }

  /** What the values of its training data mean, in words. */
  get scaling(): string {
    return this.#info.scaling
  }

  /** What the labels of its training data stand for. */
  get labelNames(): readonly string[] | undefined {
    return this.#info.labelNames ?? undefined
  }

  /** Its training data. */
  get data(): TrainingData {
    return this.#info.data
  }

  /** Where the model comes from. */
  get trained(): Trained {
    return this.#info.trained
  }

  /** How many numbers were learned. */
  get parameters(): number {
    return this.#info.parameters
  }

  /** The arrays of learned numbers, in order. */
  get layers(): readonly Layer[] {
    return this.#info.layers
  }

  /** σ² of a gaussian likelihood, fixed or learned. */
  get variance(): number | undefined {
    return this.#info.variance ?? undefined
  }

  /**
   * q(z|x), (n, d) each: its `mean`, which is the embedding, and of a gaussian `logVar` = ln σ², of a Laplace distribution
   * `logScale` = ln b, of a uniform one its ends `low` and `high`.
   */
  async encode(x: Examples, options?: BatchedCall): Promise<Encoding<P>> {
    const call = encodeOptions(options, ['signal'])
    const native = await this.#with(x, options, (native, data, task) => native.encode(data, call, task))
    const parts = Object.entries(native).filter(([, values]) => values != null)
    const tensors = parts.map(([name, values]) => [name, batchOf(values, [this.#latentDim])])
    return { posterior: this.posterior, ...Object.fromEntries(tensors) } as unknown as Encoding<P>
  }

  /** p(x|z) for each row of z: (n, ...shape). */
  async decode(z: Latents | readonly (readonly number[])[], options?: DecodeCall): Promise<Tensor> {
    const call = encodeOptions(options, ['signal'])
    const latents = this.#latents(z)
    return this.#examples(await background((task) => this.#native.decode(latents, call, task), options?.signal))
  }

  /** The model's version of each example: (n, ...shape). */
  async reconstruct(x: Examples, options?: ReconstructCall): Promise<Tensor> {
    const call = encodeOptions(options, ['signal'])
    return this.#examples(await this.#with(x, options, (native, data, task) => native.reconstruct(data, call, task)))
  }

  /** Decodes n draws of z from the prior, or from a member of its family that stands elsewhere: (n, ...shape). */
  async sample(n: number, options?: SampleCall): Promise<Tensor> {
    const call = encodeOptions(options, ['signal'])
    const count = wholeNumber('n', n, 1)
    return this.#examples(await background((task) => this.#native.sample(count, call, task), options?.signal))
  }

  /**
   * Walks straight from each z of `from` to that of `to` and decodes what is on the way: (n, steps, ...shape).
   *
   * @param from Examples, which are encoded first, or latents: a tensor of (n, d).
   * @param to As many as `from`.
   */
  async interpolate(from: Examples | Latents, to: Examples | Latents, options?: InterpolateCall): Promise<Tensor> {
    const call = encodeOptions(options, ['signal'])
    const encode = omitSteps(options)
    return this.#holding(async (native) => {
      const [start, goal] = await Promise.all([this.#embedding(from, encode), this.#embedding(to, encode)])
      const images = await background((task) => native.interpolate(start, goal, call, task), options?.signal)
      const n = start.length / this.#latentDim
      const { data, shape } = this.#examples(images)
      return { data, shape: [n, (shape[0] ?? 0) / n, ...shape.slice(1)] }
    })
  }

  /** The terms of the objective on this data, with standard error and what each latent dimension carries. */
  async evaluate(x: Examples, options?: EvaluateCall): Promise<Evaluation> {
    const call = encodeOptions(options, ['signal'])
    const json = await this.#with(x, options, (native, data, task) => native.evaluate(data, call, task))
    return evaluation(JSON.parse(json) as Evaluation)
  }

  /** The importance-weighted bound of log p(x) with K samples: never below the elbo, on average. */
  async logLikelihood(x: Examples, options: LogLikelihoodCall): Promise<LogLikelihood> {
    const call = encodeOptions(options, ['signal'])
    const { perExample, json } = await this.#with(x, options, (native, data, task) =>
      native.logLikelihood(data, call, task),
    )
    return { perExample: ownFloats(perExample), ...JSON.parse(json) }
  }

  /** How strange each example looks to the model, to find what does not belong. */
  async score(x: Examples, options?: ScoreCall): Promise<Scores> {
    const call = encodeOptions(options, ['signal'])
    const scores = await this.#with(x, options, (native, data, task) => native.score(data, call, task))
    const { by, perExample, map } = scores
    return { by: JSON.parse(by), perExample: ownFloats(perExample), ...(map && { map: this.#examples(map) }) }
  }

  /**
   * Writes the model as a safetensors file, complete or not at all.
   *
   * @throws {VaeError} `ERR_VAE_IO`
   */
  async save(path: string | URL): Promise<void> {
    await background((task) => this.#native.save(toPath(path), task))
  }

  /** Gives the model's memory back; calls under way finish, later ones reject with `ERR_VAE_DISPOSED`. */
  dispose(): void {
    this.#native.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  get #latentDim(): number {
    return this.config.latentDim as number
  }

  #with<T>(
    x: Examples,
    options: Call | undefined,
    call: (native: NativeVae, data: NativeDataset, task: NativeTask) => Promise<T>,
  ): Promise<T> {
    return this.#holding((native) =>
      background(async (task) => call(native, await toNative(x, this, task), task), options?.signal),
    )
  }

  /** Work of several steps, between which the model may be disposed of: what began before that finishes. */
  async #holding<T>(work: (native: NativeVae) => Promise<T>): Promise<T> {
    const held = direct(() => this.#native.hold())
    try {
      return await work(held)
    } finally {
      held.dispose()
    }
  }

  async #embedding(x: Examples | Latents, options: BatchedCall): Promise<Float32Array> {
    if (isTensor(x) && x.shape.length === 2 && x.shape[1] === this.#latentDim) return this.#latents(x as Latents)
    return (await this.encode(x, options)).mean.data
  }

  /** Rows of latents as one array, their width checked: behind the border only the values are left. */
  #latents(z: Latents | readonly (readonly number[])[]): Float32Array {
    if (!isTensor(z)) return flatten(z, this.#latentDim, 'latent code')
    const [n, latentDim] = z.shape
    if (z.shape.length === 2 && latentDim === this.#latentDim && n * latentDim === z.data.length) return z.data
    throw optionError('z', `a tensor of (n, ${this.#latentDim})`, `(${z.shape.join(', ')})`, undefined, 'ERR_VAE_SHAPE')
  }

  #examples(data: Float32Array): Tensor {
    return batchOf(data, this.shape)
  }
}

/** What a call that goes through `encode` first passes on to it. */
function omitSteps(options: InterpolateCall = {}): BatchedCall {
  const { steps: _, ...call } = options
  return call
}
