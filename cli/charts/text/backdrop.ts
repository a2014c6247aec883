/** Background of a plane: circles of the prior, and the nearest class of each place. */

import type { Style } from '../../base/style.js'
import type { Ink } from '../../base/text.js'
import type { Canvas } from './canvas.js'
import type { Plane } from './plane.js'
import type { Size, Surface } from './surface.js'

/** Grid of classes over the visible plane, from the upper left, row by row. */
export interface ClassGrid extends Size {
  /** Class numbers from 0; negative for none. */
  readonly classes: ArrayLike<number>
}

/** Distance between dots of a circle: visible among points, and hides few of them. */
const dotsApart = 4

/** Draws a dotted circle around the origin. */
export function drawCircle(canvas: Canvas, plane: Plane, radius: number, ink: Ink): void {
  const { x, y } = plane.domain
  const [left, top] = [x[0], y[1]]
  // Steps over rows where steep and over columns elsewhere, so the cost never exceeds the chart at any zoom.
  for (let column = 0; column < canvas.width; column += dotsApart) {
    const px = left + (column + 0.5) / plane.scale
    const py = Math.sqrt(radius ** 2 - px ** 2)
    if (py >= Math.abs(px)) for (const side of [py, -py]) canvas.set(column, plane.dot(px, side)[1], ink)
  }
  for (let row = 0; row < canvas.height; row += dotsApart) {
    const py = top - (row + 0.5) / plane.scale
    const px = Math.sqrt(radius ** 2 - py ** 2)
    if (px > Math.abs(py)) for (const side of [px, -px]) canvas.set(plane.dot(side, py)[0], row, ink)
  }
}

/** Draws grounds in the class colours; below 8 bits of colour, dots along the class borders. */
export function drawClasses(surface: Surface, canvas: Canvas, grid: ClassGrid, style: Style): void {
  if (style.depth >= 8) {
    for (let row = 0; row < surface.rows; row++)
      for (let column = 0; column < surface.columns; column++) {
        const label = classAt(grid, (column + 0.5) / surface.columns, (row + 0.5) / surface.rows)
        if (label >= 0) surface.ground(column, row, style.ground(label))
      }
    return
  }
  const at = (x: number, y: number) => classAt(grid, (x + 0.5) / canvas.width, (y + 0.5) / canvas.height)
  for (let y = 0; y < canvas.height - 1; y++)
    for (let x = 0; x < canvas.width - 1; x++) {
      const label = at(x, y)
      if (label !== at(x + 1, y) || label !== at(x, y + 1)) canvas.set(x, y, style.ink.dim)
    }
}

function classAt({ columns, rows, classes }: ClassGrid, x: number, y: number): number {
  return classes[Math.floor(y * rows) * columns + Math.floor(x * columns)] ?? -1
}
