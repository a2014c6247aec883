/** Pictures in a terminal: two pixels per cell as a half block in colour, or eight as braille where there is no colour. */
import type { Picture, Tensor } from '../../index.js'
import { Canvas } from './braille.js'
import type { ColorDepth } from './paint.js'

/** A size in pixels that a picture has to fit into. */
export interface Room {
  readonly height: number
  readonly width: number
}

/** How many pixels a cell of text holds. */
function pixelsPerCell(depth: ColorDepth): Room {
  return depth < 8 ? { height: 4, width: 2 } : { height: 2, width: 1 }
}

/**
 * Thresholds of an ordered dither (Bayer's 2 × 2 matrix), which turns greys into more or fewer dots: a pixel is a dot
 * where it is brighter than the threshold of its place. A finer matrix would show more greys and tear thin strokes.
 */
const thresholds = [
  [0.2, 0.6],
  [0.8, 0.4],
] as const

/** The images of a tensor (n, height, width) or (n, height, width, channels); none when its examples are vectors. */
export function pictures(tensor: Tensor): Picture[] {
  const [n = 0, height, width, channels = 1] = tensor.shape
  if (height === undefined || width === undefined) return []
  const size = height * width * channels
  return Array.from({ length: n }, (_, i) => ({
    data: tensor.data.subarray(i * size, (i + 1) * size),
    shape: [height, width, channels],
  }))
}

/** The size that a picture takes in so much room, its proportions kept; never larger than it is. */
export function fitted({ shape: [height, width] }: Picture, room: Room): Room {
  const scale = Math.min(1, room.height / height, room.width / width)
  return {
    height: Math.max(1, Math.round(height * scale)),
    width: Math.max(1, Math.round(width * scale)),
  }
}

/** The picture at another size: each new pixel is the mean of the area that it covers. */
export function resized(picture: Picture, size: Room): Picture {
  const { data } = picture
  const [height, width, channels] = picture.shape
  if (size.height === height && size.width === width) return picture
  const result = new Float32Array(size.height * size.width * channels)
  for (let y = 0; y < size.height; y++) {
    const rows = span(y, height / size.height, height)
    for (let x = 0; x < size.width; x++) {
      const columns = span(x, width / size.width, width)
      for (let c = 0; c < channels; c++) {
        let sum = 0
        let area = 0
        for (const [row, rowShare] of rows)
          for (const [column, columnShare] of columns) {
            sum += (data[(row * width + column) * channels + c] ?? 0) * rowShare * columnShare
            area += rowShare * columnShare
          }
        result[(y * size.width + x) * channels + c] = sum / area
      }
    }
  }
  return { data: result, shape: [size.height, size.width, channels] }
}

/** The source pixels under target pixel `index`, each with the share of it that is covered. */
function span(index: number, scale: number, length: number): [pixel: number, share: number][] {
  const start = index * scale
  const end = Math.min(start + scale, length)
  const result: [number, number][] = []
  for (let pixel = Math.floor(start); pixel < end; pixel++)
    result.push([pixel, Math.min(pixel + 1, end) - Math.max(pixel, start)])
  return result
}

/** The picture as rows of text: two pixels above each other to a cell in colour, 2 × 4 to a cell without. */
export function cells(picture: Picture, depth: ColorDepth): string[] {
  return depth < 8 ? dotted(picture) : coloured(picture, depth)
}

function coloured(picture: Picture, depth: ColorDepth): string[] {
  const [height, width] = picture.shape
  return Array.from({ length: Math.ceil(height / 2) }, (_, row) => {
    let text = ''
    let last = ''
    for (let x = 0; x < width; x++) {
      const upper = pixel(picture, row * 2, x)
      const lower = pixel(picture, row * 2 + 1, x)
      const code = `\u001b[38;${color(upper, depth)};48;${color(lower, depth)}m`
      text += code === last ? '▀' : `${code}▀`
      last = code
    }
    return `${text}\u001b[0m`
  })
}

function dotted(picture: Picture): string[] {
  const [height, width] = picture.shape
  const canvas = new Canvas(Math.ceil(width / 2), Math.ceil(height / 4))
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) if (grey(pixel(picture, y, x)) > (thresholds[y & 1]?.[x & 1] ?? 1)) canvas.set(x, y)
  return canvas.toRows()
}

type Rgb = readonly [red: number, green: number, blue: number]

/** The colour of a pixel; below the last row of an odd height it is black. */
function pixel({ data, shape: [height, width, channels] }: Picture, y: number, x: number): Rgb {
  if (y >= height) return [0, 0, 0]
  const at = (y * width + x) * channels
  const value = (c: number) => Math.min(Math.max(data[at + c] ?? 0, 0), 1)
  return channels === 1 ? [value(0), value(0), value(0)] : [value(0), value(1), value(2)]
}

function grey([red, green, blue]: Rgb): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue
}

/** The parameters of an escape sequence: 24-bit, or the nearest of xterm's 24 greys and 6 × 6 × 6 colours. */
function color(rgb: Rgb, depth: ColorDepth): string {
  const [red, green, blue] = rgb
  if (depth === 24) return `2;${rgb.map((value) => Math.round(value * 255)).join(';')}`
  if (red === green && green === blue) {
    const level = Math.round(red * 25)
    return `5;${level === 0 ? 16 : level === 25 ? 231 : 231 + level}`
  }
  const level = (value: number) => Math.round(value * 5)
  return `5;${16 + 36 * level(red) + 6 * level(green) + level(blue)}`
}

/** Blocks of rows side by side, `gap` cells apart; all must have the same number of rows. */
export function beside(blocks: readonly (readonly string[])[], gap = 1): string[] {
  const rows = Math.max(0, ...blocks.map((block) => block.length))
  return Array.from({ length: rows }, (_, row) => blocks.map((block) => block[row] ?? '').join(' '.repeat(gap)))
}

/**
 * Groups of pictures side by side, as many whole groups as fit into so many cells (but at least one), each picture
 * fitted into `rows` rows of text; pictures of a group are one cell apart, groups `gap` cells.
 */
export function strip(
  groups: readonly (readonly Picture[])[],
  columns: number,
  rows: number,
  depth: ColorDepth,
  gap = 1,
): string[] {
  const first = groups[0] ?? []
  if (first[0] === undefined || rows < 1) return []
  const per = pixelsPerCell(depth)
  const room = Math.max(1, Math.floor((columns + 1) / first.length) - 1)
  const size = fitted(first[0], { height: rows * per.height, width: room * per.width })
  const wide = Math.ceil(size.width / per.width)
  const fit = Math.max(1, Math.floor((columns + gap) / (first.length * (wide + 1) - 1 + gap)))
  const shown = groups
    .slice(0, fit)
    .map((group) => beside(group.map((picture) => cells(resized(picture, size), depth))))
  return beside(shown, gap)
}

/** A larger picture is shrunk in a grid: it would fill the screen alone. */
const mostPixels = 64

/** All pictures as a grid that is `columns` cells wide at most, in rows of as many as fit (or `across`, when given). */
export function grid(all: readonly Picture[], columns: number, depth: ColorDepth, across?: number): string[] {
  const first = all[0]
  if (first === undefined) return []
  const wanted = Math.min(across ?? all.length, all.length)
  const per = pixelsPerCell(depth)
  const room = Math.max(7, Math.floor((columns + 1) / wanted) - 1)
  const size = fitted(first, { height: mostPixels, width: Math.min(room * per.width, mostPixels) })
  const fit = Math.min(wanted, Math.max(1, Math.floor((columns + 1) / (Math.ceil(size.width / per.width) + 1))))
  const rows: string[] = []
  for (let start = 0; start < all.length; start += fit)
    rows.push(...beside(all.slice(start, start + fit).map((picture) => cells(resized(picture, size), depth))))
  return rows
}
