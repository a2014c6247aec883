/** Many points on few dots: denser cells set more dots, in the colour of the most frequent class. */

import type { Style } from '../../base/style.js'
import type { Canvas } from './canvas.js'
import type { Plane } from './plane.js'

/** Points of a plane, with optional classes. */
export interface PointCloud {
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
  /** Class of each point, from 0; default none. Negative for none. */
  readonly labels?: ArrayLike<number>
}

/** Classes counted separately; a higher class counts for the one whose colour it shares. */
const colours = 10

/** Points that set all dots of a cell, unless the densest cells have more. */
const fullCell = 8

/** Draws points on the canvas. */
export function drawCloud(canvas: Canvas, plane: Plane, { x, y, labels }: PointCloud, style: Style): void {
  const { columns, rows, width, height } = canvas
  const hits = new Uint32Array(width * height)
  const inCell = new Uint32Array(columns * rows)
  const ofClass = new Uint32Array(columns * rows * (colours + 1))
  for (let i = 0; i < x.length; i++) {
    const [dotX, dotY] = plane.dot(x[i] ?? Number.NaN, y[i] ?? Number.NaN)
    if (!(dotX >= 0 && dotY >= 0 && dotX < width && dotY < height)) continue
    const cell = (dotY >> 2) * columns + (dotX >> 1)
    hits[dotY * width + dotX] = (hits[dotY * width + dotX] ?? 0) + 1
    inCell[cell] = (inCell[cell] ?? 0) + 1
    const label = labels?.[i] ?? -1
    const counted = cell * (colours + 1) + (label < 0 ? colours : label % colours)
    ofClass[counted] = (ofClass[counted] ?? 0) + 1
  }
  const full = Math.max(fullCell, denseCount(inCell))
  for (let cell = 0; cell < inCell.length; cell++) {
    const points = inCell[cell] ?? 0
    if (points === 0) continue
    const most = argmax(ofClass.subarray(cell * (colours + 1), (cell + 1) * (colours + 1)))
    const ink = most === colours ? '' : style.series(most)
    // With the square root, twice the points set visibly more dots, and a single point stays visible.
    const shown = Math.ceil(8 * Math.sqrt(Math.min(1, points / full)))
    const [left, top] = [(cell % columns) * 2, Math.floor(cell / columns) * 4]
    for (const dot of dotsByCount(hits, top * width + left, width).slice(0, shown))
      canvas.set(left + (dot & 1), top + (dot >> 1), ink)
  }
}

/** Points in a dense cell: the 95 % quantile. */
function denseCount(inCell: Uint32Array): number {
  const counts = inCell.filter((points) => points > 0).sort()
  return counts[Math.floor(counts.length * 0.95)] ?? 0
}

function argmax(counts: Uint32Array): number {
  let most = 0
  for (let i = 1; i < counts.length; i++) if ((counts[i] ?? 0) > (counts[most] ?? 0)) most = i
  return most
}

/** Dots of a cell that have points, by falling number of points; ties in a scattered order. */
function dotsByCount(hits: Uint32Array, first: number, width: number): number[] {
  const count = (dot: number) => hits[first + (dot >> 1) * width + (dot & 1)] ?? 0
  return scattered.filter((dot) => count(dot) > 0).sort((a, b) => count(b) - count(a))
}

/** Dots of a cell, left and right in turns and far from the previous ones. */
const scattered = [0, 5, 3, 6, 1, 4, 2, 7] as const
