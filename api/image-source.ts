import { fileURLToPath } from 'node:url'
import { describe, wholeNumber } from './encode-options.js'
import { optionError } from './errors.js'
import type { NativeImage } from './native.js'

/**
 * A picture: a file, the bytes of a PNG, JPEG or WebP file, or bare pixels (row by row, channels together; a fourth
 * channel, opacity, is left out).
 */
export type ImageSource =
  | { file: string | URL }
  | { encoded: Uint8Array }
  | { raw: Uint8Array; width: number; height: number; channels: 1 | 3 | 4 }

/** Whether this is a picture rather than numbers. */
export function isImageSource(value: unknown): value is ImageSource {
  return typeof value === 'object' && value !== null && ('file' in value || 'encoded' in value || 'raw' in value)
}

/**
 * A picture as the addon takes it.
 *
 * @throws {VaeError} `ERR_VAE_DATA_FORMAT` if it is none.
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

/** A path as a string, whichever way it was given. */
export function toPath(path: string | URL, option = 'path'): string {
  if (typeof path === 'string') return path
  if (path instanceof URL && path.protocol === 'file:') return fileURLToPath(path)
  throw optionError(option, 'a path or a file: URL', describe(path))
}
