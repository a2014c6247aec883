/** Many points on few dots: where they are dense, more dots of a cell are set, and the class that most of them are of shows. */

import type { Style } from '../../base/style.js'
import type { Canvas } from './canvas.js'
import type { Plane } from './plane.js'

/** Points of a plane, each perhaps of a class. */
export interface Points {
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
  /** The class of each, from 0; default none. Less than 0 is none. */
  readonly labels?: ArrayLike<number>
}

/** Classes that are counted apart; a class beyond them takes the colour of the one that it shares with. */
const colours = 10

/** A cell with so many points or more has all its dots set, unless the densest cells have more. */
const fullCell = 8

/** Draws the points. */
export function drawCloud(canvas: Canvas, plane: Plane, { x, y, labels }: Points, style: Style): void {
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
  const full = Math.max(fullCell, dense(inCell))
  for (let cell = 0; cell < inCell.length; cell++) {
    const points = inCell[cell] ?? 0
    if (points === 0) continue
    const most = mostOf(ofClass.subarray(cell * (colours + 1), (cell + 1) * (colours + 1)))
    const ink = most === colours ? '' : style.series(most)
    // The square root: twice the points are visibly more dots, and a single one is still seen.
    const shown = Math.ceil(8 * Math.sqrt(Math.min(1, points / full)))
    const [left, top] = [(cell % columns) * 2, Math.floor(cell / columns) * 4]
    for (const dot of fullest(hits, top * width + left, width).slice(0, shown))
      canvas.set(left + (dot & 1), top + (dot >> 1), ink)
  }
}

/** How many points one of the densest cells has: only one in twenty has more. */
function dense(inCell: Uint32Array): number {
  const counts = inCell.filter((points) => points > 0).sort()
  return counts[Math.floor(counts.length * 0.95)] ?? 0
}

function mostOf(counts: Uint32Array): number {
  let most = 0
  for (let i = 1; i < counts.length; i++) if ((counts[i] ?? 0) > (counts[most] ?? 0)) most = i
  return most
}

/** The dots of a cell in which there are points, those with most of them first; even ones are taken in a scattered order. */
function fullest(hits: Uint32Array, first: number, width: number): number[] {
  const count = (dot: number) => hits[first + (dot >> 1) * width + (dot & 1)] ?? 0
  return scattered.filter((dot) => count(dot) > 0).sort((a, b) => count(b) - count(a))
}

/** Dots of a cell, left and right in turns and far from those before. */
const scattered = [0, 5, 3, 6, 1, 4, 2, 7] as const
