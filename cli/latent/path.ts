/** The straight way from one z to another: the classes that it leads through, and where one ends. */
import type { Codes } from './codes.js'
import { classOf, nearest } from './neighbours.js'
import { dot, placeOf, projected, sectionThrough } from './projection.js'

/** Where a class ends and another begins. */
export interface Border {
  readonly from: number
  readonly to: number
  /** How much of the way is gone, between 0 and 1. */
  readonly at: number
}

/** How finely borders are looked for: a hundredth of the way is as much as is told. */
const parts = 200
/** A class that holds for fewer of these parts is a few neighbours' opinion, and no place of its own. */
const fewest = 6

/** z after the share t of the way from a to b. */
export function onTheWay(a: readonly number[], b: readonly number[], t: number): number[] {
  return a.map((value, j) => value + ((b[j] ?? 0) - value) * t)
}

/** The class after the share t of the way from a to b: that of most of the nearest codes; less than 0 where there is none. */
export function classesOn({ means, labels }: Codes, a: readonly number[], b: readonly number[]): (t: number) => number {
  const way = b.map((value, j) => value - (a[j] ?? 0))
  const length = Math.sqrt(dot(way, way))
  const e = Float64Array.from(way, (value) => (length > 0 ? value / length : 0))
  // The line is a section without a second direction, so that distances need no more than one coordinate.
  const line = sectionThrough(a, e, new Float64Array(a.length), ['', ''])
  const codes = projected(line, means)
  const [start] = placeOf(line, a)
  return (t) => (labels === undefined ? -1 : classOf(labels, nearest(codes, [start + t * length, 0])))
}

/** The borders on a way, in order; `classAt` says of which class it is after the share t, less than 0 is none. */
export function borders(classAt: (t: number) => number): Border[] {
  const found: Border[] = []
  const labels = Array.from({ length: parts + 1 }, (_, part) => classAt(part / parts))
  let last: Stretch | undefined
  for (const stretch of stretches(labels)) {
    if (stretch.label < 0 || stretch.to - stretch.from < fewest) continue
    // What lies between two classes that hold belongs to both alike.
    if (last !== undefined && last.label !== stretch.label)
      found.push({ from: last.label, to: stretch.label, at: (last.to + stretch.from - 1) / 2 / parts })
    last = stretch
  }
  return found
}

/** Parts of the way that are of one class, from the first to behind the last. */
interface Stretch {
  readonly label: number
  readonly from: number
  readonly to: number
}

function stretches(labels: readonly number[]): Stretch[] {
  const found: Stretch[] = []
  for (const [at, label] of labels.entries()) {
    const last = found.at(-1)
    if (last?.label === label) found[found.length - 1] = { ...last, to: at + 1 }
    else found.push({ label, from: at, to: at + 1 })
  }
  return found
}
