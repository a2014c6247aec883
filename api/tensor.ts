// Letters: n examples, d latent dimensions.

/**
 * Numbers with a shape, in row-major order. Plain data: it can be cloned, sent to a worker, stored.
 *
 * @typeParam S The shape, outermost axis first.
 */
export interface Tensor<S extends readonly number[] = readonly number[]> {
  /** Values, last axis fastest. */
  readonly data: Float32Array
  /** Length of every axis; their product is `data.length`. */
  readonly shape: S
  /**
   * Values that are shown as black and white, for data in other units than [0, 1]; absent for [0, 1]. A data set and a
   * model set it; {@link toGrid}, {@link toPng} and {@link toAnsi} read it.
   */
  readonly range?: ValueRange
}

/** Values that are shown as black and white. */
export type ValueRange = readonly [low: number, high: number]

/** One row of d latent values for each of n examples. */
export type Latents = Tensor<readonly [n: number, latentDim: number]>

/** Shape of one example: a vector, or an image with 1 (grey) or 3 (red, green, blue) channels. */
export type ExampleShape =
  | readonly [length: number]
  | readonly [height: number, width: number]
  | readonly [height: number, width: number, channels: 1 | 3]

/**
 * Yields the rows of a tensor, one for each index of its first axis: views of `tensor.data`, not copies.
 *
 * ```ts
 * const { mean } = await vae.encode(test)
 * for (const z of rows(mean)) console.log(z[0], z[1])
 * ```
 */
export function* rows(tensor: Tensor): IterableIterator<Float32Array> {
  const length = sizeOf(tensor.shape.slice(1))
  const n = tensor.shape[0] ?? 0
  for (let row = 0; row < n; row++) yield tensor.data.subarray(row * length, (row + 1) * length)
}

/**
 * Copies values that the addon computed for n examples into a tensor of (n, ...shape).
 *
 * @param range Values that are shown as black and white; default [0, 1].
 */
export function batchOf(data: Float32Array, shape: readonly number[], range: ValueRange = [0, 1]): Tensor {
  const [low, high] = range
  const isUnit = low === 0 && high === 1
  return { data: copyFloats(data), shape: [data.length / sizeOf(shape), ...shape], ...(!isUnit && { range }) }
}

/** Copies floats of the addon into JavaScript's own memory: the addon's cannot be transferred to a worker. */
export function copyFloats(data: Float32Array): Float32Array {
  return data.slice()
}

/** Number of values in a shape; 1 for the empty shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1)
}
