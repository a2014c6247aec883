/** Strip of the path from A to B: decoded pictures, and the borders of classes. */

import type { Style } from '../../base/style.js'
import { applyInk, fit, width } from '../../base/text.js'
import { beside, clip } from '../../charts/text/layout.js'
import { pictures, portrait } from '../../charts/text/picture.js'
import { pixelsPerCell } from '../../charts/text/pixels.js'
import type { Size } from '../../charts/text/surface.js'
import type { Explorer } from './explorer.js'
import { className } from './labels.js'

/** Cells per class without pictures. */
const cellsPerClass = 4

/** Draws the path in exactly this size: its borders, the pictures that fit, and the class of each. */
export function stripRows(explorer: Explorer, size: Size, style: Style): string[] {
  const { path, view } = explorer
  if (path === undefined) return clip([' path: set its ends where the cursor is, with a and b'], size)
  const [from, to] = [explorer.a === undefined ? '✚' : 'A', explorer.b === undefined ? '✚' : 'B']
  const borders = view.bordersOn(...path).map(({ from, to, at }) => {
    return `${className(explorer, from)}│${className(explorer, to)} at ${at.toFixed(2)}`
  })
  const head = ` path ${style.bold(`${from} → ${to}`)}   ${borders.length === 0 ? '' : `border ${borders.join('   ')}`}`
  const below = { columns: size.columns, rows: size.rows - 1 }
  return clip([head, ...stepRows(below, explorer, view.classesOn(...path), style)], size)
}

/** Draws equidistant pictures, each above its class; for vectors the classes alone. */
function stepRows({ columns, rows }: Size, explorer: Explorer, classAt: (t: number) => number, style: Style): string[] {
  const { model, caches, memo } = explorer
  const { decoding } = caches.path
  if (decoding === undefined || model === undefined || rows < 1) return []
  const all = pictures(decoding.means, model.range)
  const tile = {
    columns: all[0] === undefined ? cellsPerClass : cellsOf(all[0].shape, rows - 1, style),
    rows: rows - 1,
  }
  const last = decoding.points.length - 1
  const count = Math.min(last + 1, Math.max(2, Math.floor(columns / (tile.columns + 1))))
  const steps = Array.from({ length: count }, (_, i) => Math.round((i * last) / (count - 1)))
  const images = memo.path.get([decoding, model, columns, rows, style], () => {
    const tiles = steps.flatMap((step) => (all[step] === undefined ? [] : [portrait(all[step], tile, style)]))
    return beside(tiles, 1)
  })
  const classes = steps.map((step) => {
    const label = classAt(step / last)
    return middle(label < 0 ? '' : className(explorer, label), tile.columns, style.series(label))
  })
  return [...images, classes.join(' ')].map((row) => ` ${row}`)
}

/** Width in cells of a picture with `rows` rows. */
function cellsOf([height, wide]: readonly number[], rows: number, style: Style): number {
  const per = pixelsPerCell(style)
  return Math.max(1, Math.round((rows * per.height * ((wide ?? 1) / (height ?? 1))) / per.width))
}

function middle(text: string, cells: number, ink: string): string {
  const left = Math.max(0, Math.floor((cells - width(text)) / 2))
  return `${' '.repeat(left)}${applyInk(fit(text, cells - left), ink)}`
}
