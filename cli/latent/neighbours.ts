/** Nearest codes of a point, and their classes. */
import type { ClassGrid } from '../charts/text/backdrop.js'
import type { Plane } from '../charts/text/plane.js'
import type { Point2, Projection } from './slice.js'

/** A class and its share of the neighbours. */
export interface ClassShare {
  readonly label: number
  readonly share: number
}

/**
 * Number of codes that vote on a point's class: enough that no single one decides, few enough that thin classes count.
 */
const neighbourCount = 15

/**
 * Returns the codes nearest to a point of the slice, nearest first. Distances are squared and measured in latent space,
 * because a code may lie off the slice: (u − uᵢ)² + (v − vᵢ)² + offᵢ.
 */
export function nearest({ u, v, off }: Projection, point: Point2): number[] {
  const indices: number[] = []
  const distances: number[] = []
  for (let i = 0; i < u.length; i++) {
    const distance = (point[0] - (u[i] ?? 0)) ** 2 + (point[1] - (v[i] ?? 0)) ** 2 + (off[i] ?? 0)
    if (indices.length === neighbourCount && distance >= (distances[neighbourCount - 1] ?? 0)) continue
    let at = Math.min(indices.length, neighbourCount - 1)
    for (; at > 0 && (distances[at - 1] ?? 0) > distance; at--) {
      distances[at] = distances[at - 1] ?? 0
      indices[at] = indices[at - 1] ?? 0
    }
    distances[at] = distance
    indices[at] = i
  }
  return indices
}

/** Share of each class among these codes, descending; ties go to the class of the nearest code. */
export function classShares(labels: ArrayLike<number>, indices: readonly number[]): ClassShare[] {
  const counts = new Map<number, number>()
  for (const i of indices) {
    const label = labels[i] ?? -1
    if (label >= 0) counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return [...counts].map(([label, count]) => ({ label, share: count / total })).sort((a, b) => b.share - a.share)
}

/** Most frequent class of these codes; negative if there is none. */
export function classOf(labels: ArrayLike<number>, indices: readonly number[]): number {
  return classShares(labels, indices)[0]?.label ?? -1
}

/** Class of every cell of a map. */
export function classGrid(codes: Projection, labels: ArrayLike<number>, plane: Plane): ClassGrid {
  const { columns, rows } = plane.size
  const classes = new Int32Array(columns * rows)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      classes[row * columns + column] = classOf(labels, nearest(codes, plane.at(column, row)))
  return { columns, rows, classes }
}
