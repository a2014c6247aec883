/** Thumbnails of examples in one PNG. */
import { type Dataset, type Tensor, toPng, type ValueRange } from '../../index.js'
import { gather } from '../latent/subset.js'
import type { Thumbnails } from './client/data.js'

/** Maximum side of a thumbnail, in pixels. */
const maxSide = 32

/** Maximum values of all thumbnails together, about a megabyte of PNG: larger pictures are shrunk. */
const maxValues = 2_000_000

/**
 * Draws a sprite of these examples; undefined for vectors.
 *
 * @param range Values shown as black and white.
 */
export function thumbnailsOf(examples: Dataset, indices: readonly number[], range: ValueRange): Thumbnails | undefined {
  const [height, width, channels = 1] = examples.shape as readonly number[]
  if (height === undefined || width === undefined) return undefined
  let factor = Math.ceil(Math.max(height, width) / maxSide)
  while ((indices.length * height * width * channels) / factor ** 2 > maxValues) factor += 1
  const small = shrink(gather(examples, indices), factor)
  const [, h = 0, w = 0] = small.shape
  const columns = Math.ceil(Math.sqrt(indices.length))
  const png = Buffer.from(toPng(small, { columns, gap: 0, range })).toString('base64')
  return { png: `data:image/png;base64,${png}`, width: w, height: h, columns }
}

/** Averages blocks of `factor`² pixels (fewer at the edges) of pictures (n, h, w) or (n, h, w, channels). */
function shrink({ data, shape }: Tensor, factor: number): Tensor {
  const [n = 0, height = 0, width = 0, channels = 1] = shape
  const [h, w] = [Math.ceil(height / factor), Math.ceil(width / factor)]
  const out = new Float32Array(n * h * w * channels)
  const counts = new Float32Array(h * w)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor(y / factor) * w + Math.floor(x / factor)
      counts[cell] = (counts[cell] ?? 0) + 1
      for (let i = 0; i < n; i++) {
        for (let c = 0; c < channels; c++) {
          const to = (i * h * w + cell) * channels + c
          out[to] = (out[to] ?? 0) + (data[((i * height + y) * width + x) * channels + c] ?? 0)
        }
      }
    }
  }
  for (let at = 0; at < out.length; at++) out[at] = (out[at] ?? 0) / (counts[Math.floor(at / channels) % (h * w)] ?? 1)
  return { data: out, shape: [n, h, w, channels] }
}
