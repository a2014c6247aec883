/** Which codes are nearest to a place, and what classes they are of. */
import type { ClassGrid } from '../charts/text/backdrop.js'
import type { Plane } from '../charts/text/plane.js'
import type { Place, Projection } from './projection.js'

/** A class, and how much of the neighbours are of it. */
export interface ClassShare {
  readonly label: number
  readonly share: number
}

/** How many codes a place is judged by: enough that no single one decides, few enough that thin classes count. */
export const neighbours = 15

/**
 * The codes nearest to a place of the section, the nearest first. Distances are those in latent space, where a code may
 * lie off the section: (u − uᵢ)² + (v − vᵢ)² + offᵢ.
 */
export function nearest({ u, v, off }: Projection, place: Place): number[] {
  const indices: number[] = []
  const distances: number[] = []
  for (let i = 0; i < u.length; i++) {
    const distance = (place[0] - (u[i] ?? 0)) ** 2 + (place[1] - (v[i] ?? 0)) ** 2 + (off[i] ?? 0)
    if (indices.length === neighbours && distance >= (distances[neighbours - 1] ?? 0)) continue
    let at = Math.min(indices.length, neighbours - 1)
    for (; at > 0 && (distances[at - 1] ?? 0) > distance; at--) {
      distances[at] = distances[at - 1] ?? 0
      indices[at] = indices[at - 1] ?? 0
    }
    distances[at] = distance
    indices[at] = i
  }
  return indices
}

/** The share of each class among these codes, the greatest first; of equal ones that of the nearest code. */
export function classShares(labels: ArrayLike<number>, indices: readonly number[]): ClassShare[] {
  const counts = new Map<number, number>()
  for (const i of indices) {
    const label = labels[i] ?? -1
    if (label >= 0) counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return [...counts].map(([label, count]) => ({ label, share: count / total })).sort((a, b) => b.share - a.share)
}

/** The class that most of these codes are of; less than 0 where there is none. */
export function classOf(labels: ArrayLike<number>, indices: readonly number[]): number {
  return classShares(labels, indices)[0]?.label ?? -1
}

/** The class of every cell of a map. */
export function classesOver(codes: Projection, labels: ArrayLike<number>, plane: Plane): ClassGrid {
  const { columns, rows } = plane.size
  const classes = new Int32Array(columns * rows)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      classes[row * columns + column] = classOf(labels, nearest(codes, plane.at(column, row)))
  return { columns, rows, classes }
}
