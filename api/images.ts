import { describe, wholeNumber } from './encode-options.js'
import { optionError, VaeError } from './errors.js'
import { callSync, encodePng } from './native.js'
import { sizeOf, type Tensor, type ValueRange } from './tensor.js'

/** Layout of several pictures as one. */
export interface GridOptions {
  /**
   * Pictures per row; from 1 up.
   * @default ⌈√n⌉
   */
  columns?: number
  /**
   * Black pixels between pictures; from 0 up.
   * @default 1
   */
  gap?: number
  /**
   * Values shown as black and white.
   * @default the tensor's own `range`, or else [0, 1]
   */
  range?: ValueRange
}

/** Maximum number of values in a grid; no program could open a larger picture. */
const MAX_VALUES = 2 ** 28

/** One picture with values in [0, 1]. */
export type Picture = Tensor<readonly [height: number, width: number, channels: number]>

/** n pictures of one size. */
interface ImageBatch {
  data: Float32Array
  n: number
  height: number
  width: number
  channels: number
}

/**
 * Arranges several pictures in a grid: one picture of (height, width, channels), its values in [0, 1]: 0 at the low end
 * of the range and below, 1 at the high end and above.
 *
 * @param tensor One picture of (h, w) or (h, w, channels), or n of them: (n, h, w) or (n, h, w, channels), with 1 or 3
 *   channels. Three axes are one picture if the last has length 1 or 3.
 * @throws {VaeError} `ERR_VAE_SHAPE` if the tensor is not a picture, `ERR_VAE_MEMORY` if the grid is too large,
 *   `ERR_VAE_OPTION` for a range that does not ascend.
 */
export function toGrid(tensor: Tensor, options: GridOptions = {}): Picture {
  const { data, n, height, width, channels } = toImageBatch(tensor)
  const columns = Math.min(n, wholeNumber('columns', options.columns ?? Math.ceil(Math.sqrt(n)), 1))
  const gap = wholeNumber('gap', options.gap ?? 1)
  const gridHeight = Math.ceil(n / columns) * (height + gap) - gap
  const gridWidth = columns * (width + gap) - gap
  if (gridHeight * gridWidth * channels > MAX_VALUES) throw tooLarge(gridHeight, gridWidth)
  const grid = new Float32Array(gridHeight * gridWidth * channels)
  const row = width * channels
  const shown = data.map(shareOf(checkedRange(options.range) ?? tensor.range ?? [0, 1]))
  for (let picture = 0; picture < n; picture++) {
    const top = Math.floor(picture / columns) * (height + gap)
    const left = (picture % columns) * (width + gap)
    for (let y = 0; y < height; y++) {
      const from = (picture * height + y) * row
      grid.set(shown.subarray(from, from + row), ((top + y) * gridWidth + left) * channels)
    }
  }
  return { data: grid, shape: [gridHeight, gridWidth, channels] }
}

/**
 * Encodes a picture, or several as a grid, as the bytes of a PNG file.
 *
 * ```ts
 * await writeFile('samples.png', toPng(await vae.sample(16)))
 * ```
 *
 * @param tensor As for {@link toGrid}.
 */
export function toPng(tensor: Tensor, options?: GridOptions): Uint8Array {
  const { data, shape } = toGrid(tensor, options)
  return callSync(() => encodePng(data, ...shape))
}

/**
 * Renders a picture, or several as a grid, for a terminal with 24-bit colour: two pixels per character, one above the
 * other.
 *
 * @param tensor As for {@link toGrid}.
 * @returns Lines that end in a line feed; colours are reset at the end of each.
 */
export function toAnsi(tensor: Tensor, options?: GridOptions): string {
  const { data, shape } = toGrid(tensor, options)
  const [height, width, channels] = shape
  const colour = (x: number, y: number) => {
    const at = (y * width + x) * channels
    const channel = (c: number) => Math.round(255 * (data[at + (channels === 3 ? c : 0)] ?? 0))
    return `${channel(0)};${channel(1)};${channel(2)}`
  }
  let text = ''
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x++) {
      // The upper half block in the colour of the upper pixel, on the colour of the lower one.
      const below = y + 1 < height ? `\x1b[48;2;${colour(x, y + 1)}m` : ''
      text += `\x1b[38;2;${colour(x, y)}m${below}▀`
    }
    text += '\x1b[0m\n'
  }
  return text
}

function tooLarge(height: number, width: number): VaeError {
  const [expected, received] = [`at most ${MAX_VALUES} values`, `${height}×${width} pixels`]
  const remedy = 'lay out fewer pictures, or choose a smaller gap'
  const message = `a grid: expected ${expected}, got ${received}; ${remedy}.`
  return new VaeError({ code: 'ERR_VAE_MEMORY', message, expected, received, remedy })
}

/** Share of the way from `low` (and below) to `high` (and above): 0 to 1. */
function shareOf([low, high]: ValueRange): (value: number) => number {
  // A constant range has no width: its value is black.
  const width = high > low ? high - low : 1
  return (value) => (value > low ? Math.min((value - low) / width, 1) : 0) // NaN is black
}

function checkedRange(range: ValueRange | undefined): ValueRange | undefined {
  if (range === undefined) return undefined
  const [low, high] = Array.isArray(range) ? (range as readonly unknown[]) : []
  if (typeof low === 'number' && typeof high === 'number' && low <= high) return [low, high]
  const received = Array.isArray(range) ? `[${range.join(', ')}]` : describe(range)
  throw optionError('range', '[low, high], two ascending numbers', received)
}

function toImageBatch({ data, shape }: Tensor): ImageBatch {
  const [n = 0, height = 0, width = 0, channels = 0] = fourAxes(shape)
  if (sizeOf(shape) !== data.length || data.length === 0 || (channels !== 1 && channels !== 3)) {
    const received = `(${shape.join(', ')}) with ${data.length} values`
    const expected = '(h, w), (h, w, channels), (n, h, w) or (n, h, w, channels), with 1 or 3 channels'
    throw new VaeError({
      code: 'ERR_VAE_SHAPE',
      message: `a picture: expected ${expected}, got ${received}.`,
      expected,
      received,
    })
  }
  return { data, n, height, width, channels }
}

/** Returns the shape as (n, height, width, channels). */
function fourAxes(shape: readonly number[]): readonly number[] {
  const last = shape.at(-1)
  switch (shape.length) {
    case 2:
      return [1, ...shape, 1]
    case 3:
      return last === 1 || last === 3 ? [1, ...shape] : [...shape, 1]
    case 4:
      return shape
    default:
      return []
  }
}
