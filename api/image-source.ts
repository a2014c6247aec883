import { fileURLToPath } from 'node:url'
import { describe, wholeNumber } from './encode-options.js'
import { optionError } from './errors.js'
import type { NativeImage } from './native.js'

/**
 * A picture: a file, the bytes of a PNG, JPEG or WebP file, or raw pixels (row by row, channels interleaved; a fourth
 * channel, opacity, is ignored).
 */
export type ImageSource =
  | { file: string | URL }
  | { encoded: Uint8Array }
  | { raw: Uint8Array; width: number; height: number; channels: 1 | 3 | 4 }

/** True for a picture, false for numbers. */
export function isImageSource(value: unknown): value is ImageSource {
  return typeof value === 'object' && value !== null && ('file' in value || 'encoded' in value || 'raw' in value)
}

/**
 * Converts a picture for the addon.
 *
 * @throws {VaeError} `ERR_VAE_DATA_FORMAT` if it is not a picture.
 */
export function toNativeImage(source: ImageSource): NativeImage {
  if (isImageSource(source)) {
    if ('file' in source) return { file: toPath(source.file) }
    if ('encoded' in source && source.encoded instanceof Uint8Array) return { encoded: source.encoded }
    if ('raw' in source && source.raw instanceof Uint8Array) {
      const { raw, width, height, channels } = source
      return {
        raw,
        width: wholeNumber('width', width, 1),
        height: wholeNumber('height', height, 1),
        channels: wholeNumber('channels', channels, 1),
      }
    }
  }
  throw optionError(
    'image',
    '{ file }, { encoded } or { raw, width, height, channels }',
    describe(source),
    undefined,
    'ERR_VAE_DATA_FORMAT',
  )
}

/** Converts a path or a file: URL to a string. */
export function toPath(path: string | URL, option = 'path'): string {
  if (typeof path === 'string') return path
  if (path instanceof URL && path.protocol === 'file:') return fileURLToPath(path)
  throw optionError(option, 'a path or a file: URL', describe(path))
}
