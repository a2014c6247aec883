/** Pictures in a terminal: one, as a strip of groups, as a grid. */
import type { Picture, Tensor } from '../../../index.js'
import { width } from '../../base/text.js'
import { beside, clip } from './layout.js'
import { cells, type Look, pixelsPerCell } from './pixels.js'
import { enlarged, fitted, resized } from './resize.js'
import type { Size } from './surface.js'

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

/**
 * Groups of pictures side by side, as many whole groups as fit into so many cells (but at least one), each picture
 * fitted into `rows` rows of text; pictures of a group are one cell apart, groups `gap` cells.
 */
export function strip(
  groups: readonly (readonly Picture[])[],
  columns: number,
  rows: number,
  style: Look,
  gap = 1,
): string[] {
  const first = groups[0] ?? []
  if (first[0] === undefined || rows < 1) return []
  const per = pixelsPerCell(style)
  const room = Math.max(1, Math.floor((columns + 1) / first.length) - 1)
  const size = fitted(first[0], { height: rows * per.height, width: room * per.width })
  const wide = Math.ceil(size.width / per.width)
  const fit = Math.max(1, Math.floor((columns + gap) / (first.length * (wide + 1) - 1 + gap)))
  const shown = groups.slice(0, fit).map((group) =>
    beside(
      group.map((picture) => cells(resized(picture, size), style)),
      1,
    ),
  )
  return beside(shown, gap)
}

/** A larger picture is shrunk in a grid: it would fill the screen alone. */
const mostPixels = 64

/** All pictures as a grid that is `columns` cells wide at most, in rows of as many as fit (or `across`, when given). */
export function grid(all: readonly Picture[], columns: number, style: Look, across?: number): string[] {
  const first = all[0]
  if (first === undefined) return []
  const wanted = Math.min(across ?? all.length, all.length)
  const per = pixelsPerCell(style)
  const room = Math.max(7, Math.floor((columns + 1) / wanted) - 1)
  const size = fitted(first, { height: mostPixels, width: Math.min(room * per.width, mostPixels) })
  const fit = Math.min(wanted, Math.max(1, Math.floor((columns + 1) / (Math.ceil(size.width / per.width) + 1))))
  const rows: string[] = []
  for (let start = 0; start < all.length; start += fit)
    rows.push(
      ...beside(
        all.slice(start, start + fit).map((picture) => cells(resized(picture, size), style)),
        1,
      ),
    )
  return rows
}

/** One picture in the middle of exactly so many rows and columns, as many times its size as there is room for. */
export function portrait(picture: Picture, size: Size, style: Look): string[] {
  const per = pixelsPerCell(style)
  const room = { height: size.rows * per.height, width: size.columns * per.width }
  if (room.height < 1 || room.width < 1) return clip([], size)
  const [height, wide] = picture.shape
  const times = Math.floor(Math.min(room.height / height, room.width / wide))
  const sized = times > 1 ? enlarged(picture, times) : resized(picture, fitted(picture, room))
  return inMiddle(cells(sized, style), size)
}

/** The rows in the middle of exactly so many rows and columns. */
function inMiddle(rows: readonly string[], size: Size): string[] {
  const left = ' '.repeat(Math.max(0, Math.floor((size.columns - width(rows[0] ?? '')) / 2)))
  const above = Array.from({ length: Math.max(0, Math.floor((size.rows - rows.length) / 2)) }, () => '')
  return clip([...above, ...rows.map((row) => left + row)], size)
}
