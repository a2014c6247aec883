/** Subsets of examples. */
import type { Dataset, Tensor, Vae, ValueRange } from '../../index.js'

/**
 * Returns up to `max` indices below n, one from each of equally long parts, so that a set sorted by label is fully
 * covered. The position within the part advances by the golden ratio, so that labels in a repeating order are covered
 * too.
 */
export function spreadIndices(n: number, max: number): number[] {
  const count = Math.min(n, max)
  return Array.from({ length: count }, (_, i) => Math.floor(((i + ((i * 0.618034) % 1)) * n) / count))
}

/** Returns these examples as a tensor, in this order: (n, ...shape). */
export function gather(examples: Dataset, indices: readonly number[]): Tensor {
  const parts = indices.map((i) => examples.slice(i, i + 1).toTensor().data)
  return { ...rowsToTensor(parts, examples.shape), range: examples.range }
}

/** First example of each of the first `max` labels; undefined with fewer than two labels. */
export function firstPerLabel(labels: Int32Array | undefined, max: number): number[] | undefined {
  const first = new Map<number, number>()
  for (const [i, label] of (labels ?? []).entries()) if (!first.has(label)) first.set(label, i)
  if (first.size < 2) return undefined
  return [...first]
    .sort(([a], [b]) => a - b)
    .slice(0, max)
    .map(([, i]) => i)
}

/** Tensor of rows of equal length. */
export function rowsToTensor(rows: readonly Float32Array[], shape: readonly number[]): Tensor {
  const length = rows[0]?.length ?? 0
  const data = new Float32Array(rows.length * length)
  for (const [i, row] of rows.entries()) data.set(row, i * length)
  return { data, shape: [rows.length, ...shape] }
}

/**
 * Values shown as black and white, for examples and all that the model makes of them: those of the model, or of the
 * examples where the model's are [0, 1].
 */
export function rangeOf(vae: Pick<Vae, 'range'>, examples: Pick<Dataset, 'range'> | undefined): ValueRange {
  const [low, high] = vae.range
  return low === 0 && high === 1 ? (examples?.range ?? vae.range) : vae.range
}
