/** Straight path between two z: the classes along it and their borders. */
import type { Codes } from './codes.js'
import { classOf, nearest } from './neighbours.js'
import { dot, pointOf, project, sliceThrough } from './slice.js'

/** Border between two classes on a path. */
export interface Border {
  readonly from: number
  readonly to: number
  /** Fraction of the path, between 0 and 1. */
  readonly at: number
}

/** Intervals in which a path is sampled; borders are displayed to a hundredth. */
const intervals = 200
/** Minimum number of intervals of a class: a shorter one comes from a few neighbours. */
const minIntervals = 6

/** Returns z at fraction t of the path from a to b. */
export function interpolate(a: readonly number[], b: readonly number[], t: number): number[] {
  return a.map((value, j) => value + ((b[j] ?? 0) - value) * t)
}

/**
 * Class as a function of the fraction t of the path from a to b: the most frequent of the nearest codes, negative if
 * there is none.
 */
export function classesOn({ means, labels }: Codes, a: readonly number[], b: readonly number[]): (t: number) => number {
  const delta = b.map((value, j) => value - (a[j] ?? 0))
  const length = Math.sqrt(dot(delta, delta))
  const e = Float64Array.from(delta, (value) => (length > 0 ? value / length : 0))
  // The line is a slice without a second direction, so distances need only one coordinate.
  const line = sliceThrough(a, e, new Float64Array(a.length), ['', ''])
  const codes = project(line, means)
  const [start] = pointOf(line, a)
  return (t) => (labels === undefined ? -1 : classOf(labels, nearest(codes, [start + t * length, 0])))
}

/** Returns the borders along a path, in order; `classAt` gives the class at fraction t, negative for none. */
export function borders(classAt: (t: number) => number): Border[] {
  const found: Border[] = []
  const labels = Array.from({ length: intervals + 1 }, (_, i) => classAt(i / intervals))
  let last: Stretch | undefined
  for (const stretch of stretches(labels)) {
    if (stretch.label < 0 || stretch.to - stretch.from < minIntervals) continue
    // The border is the middle of the gap between two classes.
    if (last !== undefined && last.label !== stretch.label)
      found.push({ from: last.label, to: stretch.label, at: (last.to + stretch.from - 1) / 2 / intervals })
    last = stretch
  }
  return found
}

/** Consecutive intervals of one class, [from, to). */
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
