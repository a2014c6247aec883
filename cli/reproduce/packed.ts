/** Packs pictures and points as short strings, so that a run's measurements fit in one readable JSON file. */
import type { Tensor } from '../../index.js'
import { shares } from '../charts/shown.js'

/** Images, one byte per value: 0 is black, 255 is white. */
export interface PackedPictures {
  readonly shape: readonly number[]
  readonly bytes: string
}

/** Points of the latent space, 16 bits per coordinate between the lowest and the highest value. */
export interface PackedPoints {
  readonly shape: readonly number[]
  readonly low: number
  readonly high: number
  readonly words: string
}

/** Packs the first n of the images, or all. */
export function packPictures(images: Tensor, n?: number): PackedPictures {
  const [all = 0, ...shape] = images.shape
  const count = Math.min(n ?? all, all)
  const size = shape.reduce((product, length) => product * length, 1)
  const shown = shares(images.data.subarray(0, count * size), images.range)
  const bytes = Uint8Array.from(shown, (share) => Math.round(clamp(share) * 255))
  return { shape: [count, ...shape], bytes: Buffer.from(bytes).toString('base64') }
}

/** Unpacks images, with values in [0, 1]. */
export function unpackPictures({ shape, bytes }: PackedPictures): Tensor {
  return { shape, data: Float32Array.from(Buffer.from(bytes, 'base64'), (byte) => byte / 255) }
}

export function packPoints({ data, shape }: Tensor): PackedPoints {
  let [low, high] = [Infinity, -Infinity]
  for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)]
  const unit = high > low ? 65535 / (high - low) : 0
  const words = Uint16Array.from(data, (value) => Math.round((value - low) * unit))
  return { shape, low, high, words: Buffer.from(words.buffer).toString('base64') }
}

export function unpackPoints({ shape, low, high, words }: PackedPoints): Tensor {
  const bytes = Buffer.from(words, 'base64')
  const data = new Float32Array(bytes.length / 2)
  for (let i = 0; i < data.length; i++) data[i] = low + (bytes.readUInt16LE(2 * i) / 65535) * (high - low)
  return { shape, data }
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value))
}
