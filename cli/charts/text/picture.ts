/** Pictures in a terminal: one, a strip of groups, a grid. */
import type { Picture, Tensor, ValueRange } from '../../../index.js'
import { width } from '../../base/text.js'
import { shares } from '../shown.js'
import { beside, clip } from './layout.js'
import { cells, type PixelStyle, pixelsPerCell } from './pixels.js'
import { enlarge, fitSize, resize } from './resize.js'
import type { Size } from './surface.js'

/**
 * Images of a tensor (n, height, width) or (n, height, width, channels), black at 0 and white at 1; none if its examples
 * are vectors.
 *
 * @param range Values shown as black and white; default those of the tensor.
 */
export function pictures(tensor: Tensor, range: ValueRange | undefined = tensor.range): Picture[] {
  const [n = 0, height, width, channels = 1] = tensor.shape
  if (height === undefined || width === undefined) return []
  const size = height * width * channels
  const data = shares(tensor.data, range)
  return Array.from({ length: n }, (_, i) => ({
    data: data.subarray(i * size, (i + 1) * size),
    shape: [height, width, channels],
  }))
}

/**
 * Draws groups of pictures side by side: all whole groups that fit into `columns` (at least one), each picture fitted
 * into `rows` rows of text; pictures of a group are one cell apart, groups `gap` cells.
 */
export function strip(
  groups: readonly (readonly Picture[])[],
  columns: number,
  rows: number,
  style: PixelStyle,
  gap = 1,
): string[] {
  const first = groups[0] ?? []
  if (first[0] === undefined || rows < 1) return []
  const per = pixelsPerCell(style)
  const room = Math.max(1, Math.floor((columns + 1) / first.length) - 1)
  const size = fitSize(first[0], { height: rows * per.height, width: room * per.width })
  const wide = Math.ceil(size.width / per.width)
  const fit = Math.max(1, Math.floor((columns + gap) / (first.length * (wide + 1) - 1 + gap)))
  const shown = groups.slice(0, fit).map((group) =>
    beside(
      group.map((picture) => cells(resize(picture, size), style)),
      1,
    ),
  )
  return beside(shown, gap)
}

/** Largest side of a picture in a grid; larger ones would fill the screen alone. */
const maxPixels = 64

/** Draws all pictures as a grid at most `columns` cells wide, in full rows (or rows of `across`, if given). */
export function grid(all: readonly Picture[], columns: number, style: PixelStyle, across?: number): string[] {
  const first = all[0]
  if (first === undefined) return []
  const perRow = Math.min(across ?? all.length, all.length)
  const per = pixelsPerCell(style)
  const room = Math.max(7, Math.floor((columns + 1) / perRow) - 1)
  const size = fitSize(first, { height: maxPixels, width: Math.min(room * per.width, maxPixels) })
  const fit = Math.min(perRow, Math.max(1, Math.floor((columns + 1) / (Math.ceil(size.width / per.width) + 1))))
  const rows: string[] = []
  for (let start = 0; start < all.length; start += fit)
    rows.push(
      ...beside(
        all.slice(start, start + fit).map((picture) => cells(resize(picture, size), style)),
        1,
      ),
    )
  return rows
}

/** Draws one picture in the middle of exactly this size, at the largest whole multiple that fits, or shrunk. */
export function portrait(picture: Picture, size: Size, style: PixelStyle): string[] {
  const per = pixelsPerCell(style)
  const room = { height: size.rows * per.height, width: size.columns * per.width }
  if (room.height < 1 || room.width < 1) return clip([], size)
  const [height, wide] = picture.shape
  const times = Math.floor(Math.min(room.height / height, room.width / wide))
  const sized = times > 1 ? enlarge(picture, times) : resize(picture, fitSize(picture, room))
  return inMiddle(cells(sized, style), size)
}

/** Centres rows in exactly this size. */
function inMiddle(rows: readonly string[], size: Size): string[] {
  const left = ' '.repeat(Math.max(0, Math.floor((size.columns - width(rows[0] ?? '')) / 2)))
  const above = Array.from({ length: Math.max(0, Math.floor((size.rows - rows.length) / 2)) }, () => '')
  return clip([...above, ...rows.map((row) => left + row)], size)
}
