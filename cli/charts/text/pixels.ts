/** Pixels as text: two per cell as a coloured half block, else eight as braille or two as a shade. */
import type { Picture } from '../../../index.js'
import { parameters, type Rgb } from '../../base/colour.js'
import type { Style } from '../../base/style.js'
import { InkedRow } from '../../base/text.js'
import { Canvas } from './canvas.js'
import type { Room } from './resize.js'

/** Parts of a style that pictures depend on. */
export type PixelStyle = Pick<Style, 'depth' | 'charset'>

/** Size of a cell of text in pixels. */
export function pixelsPerCell({ depth, charset }: PixelStyle): Room {
  return depth < 8 && charset === 'braille' ? { height: 4, width: 2 } : { height: 2, width: 1 }
}

/** Shades from black to white, without colours and braille. */
const shades = { block: ' ░▒▓█', ascii: ' .:-=+*#%@' } as const

/**
 * Thresholds of an ordered dither (Bayer's 2 × 2 matrix): a pixel becomes a dot if it is brighter than the threshold of
 * its place. A finer matrix would show more greys but tear thin strokes.
 */
const thresholds = [
  [0.2, 0.6],
  [0.8, 0.4],
] as const

/** Draws the picture as rows of text at its own size: see {@link pixelsPerCell}. */
export function cells(picture: Picture, { depth, charset }: PixelStyle): string[] {
  if (depth >= 8 && charset !== 'ascii') return colouredCells(picture, depth === 8 ? 8 : 24)
  return charset === 'braille' ? dottedCells(picture) : shadedCells(picture, shades[charset])
}

function colouredCells(picture: Picture, depth: 8 | 24): string[] {
  return rowsOf(picture, (upper, lower) => ['▀', `38;${parameters(upper, depth)};48;${parameters(lower, depth)}`])
}

function shadedCells(picture: Picture, ramp: string): string[] {
  return rowsOf(picture, (upper, lower) => {
    const share = (grey(upper) + grey(lower)) / 2 / 255
    return [ramp[Math.min(ramp.length - 1, Math.floor(share * ramp.length))] ?? ' ', '']
  })
}

/** Rows of cells that show two pixels each. */
function rowsOf(picture: Picture, cell: (upper: Rgb, lower: Rgb) => [character: string, ink: string]): string[] {
  const [height, width] = picture.shape
  return Array.from({ length: Math.ceil(height / 2) }, (_, row) => {
    const text = new InkedRow()
    for (let x = 0; x < width; x++) text.add(...cell(pixel(picture, row * 2, x), pixel(picture, row * 2 + 1, x)))
    return text.toString()
  })
}

function dottedCells(picture: Picture): string[] {
  const [height, width] = picture.shape
  const canvas = new Canvas({ columns: Math.ceil(width / 2), rows: Math.ceil(height / 4) })
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (grey(pixel(picture, y, x)) > 255 * (thresholds[y & 1]?.[x & 1] ?? 1)) canvas.set(x, y)
  return canvas.toRows()
}

/** Colour of a pixel; black below the last row of an odd height. */
function pixel({ data, shape: [height, width, channels] }: Picture, y: number, x: number): Rgb {
  if (y >= height) return [0, 0, 0]
  const at = (y * width + x) * channels
  const value = (c: number) => Math.round(255 * Math.min(Math.max(data[at + c] || 0, 0), 1))
  const first = value(0)
  return channels === 1 ? [first, first, first] : [first, value(1), value(2)]
}

/** Luminance of a colour, from 0 to 255. */
function grey([red, green, blue]: Rgb): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue
}
