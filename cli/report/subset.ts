/** Some of many examples. */
import type { Dataset, Tensor } from '../../index.js'

/** Up to `most` of the numbers below n, evenly spaced: a set that is sorted by label is then seen whole. */
export function spread(n: number, most: number): number[] {
  const taken = Math.min(n, most)
  return Array.from({ length: taken }, (_, i) => Math.floor((i * n) / taken))
}

/** These examples as a model sees them, in this order: (n, ...shape). */
export function gathered(examples: Dataset, indices: readonly number[]): Tensor {
  const parts = indices.map((i) => examples.slice(i, i + 1).toTensor().data)
  return joined(parts, examples.shape)
}

/** Rows of equal length as one tensor. */
export function joined(rows: readonly Float32Array[], shape: readonly number[]): Tensor {
  const length = rows[0]?.length ?? 0
  const data = new Float32Array(rows.length * length)
  for (const [i, row] of rows.entries()) data.set(row, i * length)
  return { data, shape: [rows.length, ...shape] }
}
