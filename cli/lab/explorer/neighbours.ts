/** Which codes are nearest to a place, and what classes they are of. */
import type { Latents } from '../../../index.js'
import type { ClassGrid } from '../../render/backdrop.js'
import type { Plane } from '../../render/plane.js'
import type { Place, Projection } from './section.js'

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
  return lowest(u.length, (i) => (place[0] - (u[i] ?? 0)) ** 2 + (place[1] - (v[i] ?? 0)) ** 2 + (off[i] ?? 0))
}

/** The codes (n, d) nearest to a z anywhere. */
export function nearestTo({ data, shape: [n, d] }: Latents, z: readonly number[]): number[] {
  return lowest(n, (i) => {
    let squares = 0
    for (let j = 0; j < d; j++) squares += ((z[j] ?? 0) - (data[i * d + j] ?? 0)) ** 2
    return squares
  })
}

/** The numbers below n at which a function is lowest, in order. */
function lowest(n: number, of: (i: number) => number): number[] {
  const indices: number[] = []
  const values: number[] = []
  for (let i = 0; i < n; i++) {
    const value = of(i)
    if (indices.length === neighbours && value >= (values[neighbours - 1] ?? 0)) continue
    let at = Math.min(indices.length, neighbours - 1)
    for (; at > 0 && (values[at - 1] ?? 0) > value; at--) {
      values[at] = values[at - 1] ?? 0
      indices[at] = indices[at - 1] ?? 0
    }
    values[at] = value
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
