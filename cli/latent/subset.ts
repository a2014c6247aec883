/** Subsets of examples. */
import { type Dataset, rows, type Tensor } from '../../index.js'

/**
 * Returns up to `max` indices below n, one from each of equally long parts, so that a set sorted by label is fully
 * covered. The position within the part advances by the golden ratio, so that labels in a repeating order are covered
 * too.
 */
export function spreadIndices(n: number, max: number): number[] {
  const count = Math.min(n, max)
  return Array.from({ length: count }, (_, i) => Math.floor(((i + ((i * 0.618034) % 1)) * n) / count))
}

/**
 * Returns these examples as a tensor, in this order: (n, ...shape). A scaling fitted to the data (see
 * {@link hasFittedScale}) is that of the whole set, not of the selection.
 */
export function gather(examples: Dataset, indices: readonly number[]): Tensor {
  const allRows = hasFittedScale(examples) ? [...rows(examples.toTensor())] : undefined
  const parts = indices.map((i) => allRows?.[i] ?? examples.slice(i, i + 1).toTensor().data)
  return rowsToTensor(parts, examples.shape)
}

/** True if a data set's scaling is fitted to its values: standardised, or brought to [0, 1] from their range. */
export function hasFittedScale({ element, preprocessing: { scale } }: Dataset): boolean {
  return scale === 'standardize' || (scale === 'unit' && element === 'f32')
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

/** Values displayed as black and white: [0, 1], widened to the range of 200 examples. */
export function rangeOf(examples: Dataset): readonly [number, number] {
  const { data } = gather(examples, spreadIndices(examples.length, 200))
  let [low, high] = [0, 1]
  for (const value of data) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}
