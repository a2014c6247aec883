import { type Dataset, handleOf, isDataset } from './dataset.js'
import { describe, encodeOptions } from './encode-options.js'
import { optionError, VaeError } from './errors.js'
import { type ImageSource, isImageSource, toNativeImage } from './image-source.js'
import { callSync, NativeDataset, type NativeTask } from './native.js'
import type { Preprocessing } from './preprocessing.js'
import { type ExampleShape, sizeOf, type Tensor } from './tensor.js'

/**
 * Examples in any form that a model accepts:
 * - a {@link Dataset};
 * - a {@link Tensor} whose first axis counts the examples;
 * - a `Float32Array` with the values of one example, or of several one after another;
 * - a picture, or a list of pictures;
 * - a list of examples, each as its values.
 *
 * Floats are in the units of the data: value / 255 for a model of bytes. A bare `Uint8Array` is refused, because it could hold pixels or the bytes of a file:
 * pass pixels through `datasets.fromArray`, files as `{ encoded }`.
 */
export type Examples =
  | Dataset
  | Tensor
  | Float32Array
  | ImageSource
  | readonly (ImageSource | Float32Array | readonly number[])[]

/** Shape and preprocessing of a model's examples. */
export interface ExpectedExamples {
  readonly shape: ExampleShape
  readonly preprocessing: Preprocessing
  /** True if their bytes are pixels, value / 255, and not bits. */
  readonly pixels: boolean
}

/**
 * Converts examples for the addon, with the model's own preprocessing; no other function does.
 *
 * @throws {VaeError} `ERR_VAE_SHAPE`, `ERR_VAE_DATA_FORMAT`, or the core's error about a picture.
 */
export async function toNative(x: Examples, model: ExpectedExamples, token: NativeTask): Promise<NativeDataset> {
  if (isDataset(x)) return handleOf(x)
  if (isTensor(x)) return fromTensor(x)
  if (x instanceof Float32Array) return fromValues(x, model.shape)
  if (isImageSource(x)) return fromPictures([x], model, token)
  if (!Array.isArray(x)) throw unknownExamples(x)
  const list = x as readonly (ImageSource | ArrayLike<number>)[]
  if (list.length > 0 && list.every(isImageSource)) return fromPictures(list, model, token)
  return fromValues(flatten(list as readonly ArrayLike<number>[], sizeOf(model.shape)), model.shape)
}

/** Converts a tensor of (n, ...shape) to a data set of n examples; the values are copied. */
export function fromTensor(tensor: Tensor): NativeDataset {
  const [n, ...shape] = tensor.shape
  if (n === undefined || n * sizeOf(shape) !== tensor.data.length) {
    throw shapeError(`a tensor's shape is [${tensor.shape}]`, `${sizeOf(tensor.shape)} values`, `${tensor.data.length}`)
  }
  return callSync(() => NativeDataset.fromFloats(tensor.data, shape, null, '{}'))
}

/** True for `{ data, shape }`. */
export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== 'object' || value === null) return false
  const { data, shape } = value as Partial<Tensor>
  return data instanceof Float32Array && Array.isArray(shape)
}

/**
 * Concatenates rows of numbers into one array.
 *
 * @param what Name of a row, for the message.
 * @throws {VaeError} `ERR_VAE_SHAPE`, with the index of the first row of another length.
 */
export function flatten(rows: readonly ArrayLike<number>[], length: number, what = 'example'): Float32Array {
  const values = new Float32Array(rows.length * length)
  for (const [index, row] of rows.entries()) {
    if (row instanceof Uint8Array || typeof row?.length !== 'number') throw unknownExamples(row, index)
    if (row.length !== length) throw shapeError(`${what} ${index}`, `${length} values`, `${row.length}`, index)
    values.set(row, index * length)
  }
  return values
}

function fromValues(values: Float32Array, shape: ExampleShape): NativeDataset {
  const size = sizeOf(shape)
  if (values.length === 0 || values.length % size !== 0) {
    throw shapeError('examples', `a multiple of ${size} values, [${shape}] each`, `${values.length}`)
  }
  return callSync(() => NativeDataset.fromFloats(values, [...shape], null, '{}'))
}

async function fromPictures(
  sources: readonly ImageSource[],
  model: ExpectedExamples,
  token: NativeTask,
): Promise<NativeDataset> {
  const { size, fit } = model.preprocessing
  const [, width, channels = 1] = model.shape
  // The shape of the training examples decides: a grey model receives coloured pictures in grey. So does the meaning of
  // their bytes: a dark picture of pixels 0 and 1 alone must not count as bits.
  const scale = model.pixels ? 'unit' : undefined
  const options = { size, fit, scale, ...(width !== undefined && { channels }) }
  return NativeDataset.fromImages(sources.map(toNativeImage), encodeOptions(options), token)
}

function unknownExamples(value: unknown, index?: number): VaeError {
  const error = optionError(
    index === undefined ? 'examples' : `examples[${index}]`,
    'a data set, a tensor, floats or pictures',
    describe(value),
    value instanceof Uint8Array
      ? 'pass pixels through datasets.fromArray, the bytes of a file as { encoded }'
      : undefined,
    'ERR_VAE_DATA_FORMAT',
  )
  return error
}

function shapeError(what: string, expected: string, received: string, index?: number): VaeError {
  const message = `${what}: expected ${expected}, got ${received}.`
  return new VaeError({ code: 'ERR_VAE_SHAPE', message, expected, received, ...(index !== undefined && { index }) })
}
