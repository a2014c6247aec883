/** Some of many examples. */
import { type Dataset, rows, type Tensor } from '../../index.js'

/**
 * Up to `most` of the numbers below n, one from each of as many equal parts: a set that is sorted by label is seen whole. Where
 * in its part a number lies moves on by the golden ratio, so that labels that come in turns are met alike too.
 */
export function spread(n: number, most: number): number[] {
  const taken = Math.min(n, most)
  return Array.from({ length: taken }, (_, i) => Math.floor(((i + ((i * 0.618034) % 1)) * n) / taken))
}

/**
 * These examples as numbers, in this order: (n, ...shape). Where the scaling is found from the data (see {@link scaledByItself})
 * it is that of the whole set: a few of them would be scaled by themselves alone.
 */
export function gathered(examples: Dataset, indices: readonly number[]): Tensor {
  const whole = scaledByItself(examples) ? [...rows(examples.toTensor())] : undefined
  const parts = indices.map((i) => whole?.[i] ?? examples.slice(i, i + 1).toTensor().data)
  return joined(parts, examples.shape)
}

/** Whether a data set's numbers depend on all of them: standardized, or brought to [0, 1] from the range that they have. */
export function scaledByItself({ element, preprocessing: { scale } }: Dataset): boolean {
  return scale === 'standardize' || (scale === 'unit' && element === 'f32')
}

/** The first example of each of the first so many labels; nothing where there are no labels, or one. */
export function oneOfEach(labels: Int32Array | undefined, most: number): number[] | undefined {
  const first = new Map<number, number>()
  for (const [i, label] of (labels ?? []).entries()) if (!first.has(label)) first.set(label, i)
  if (first.size < 2) return undefined
  return [...first]
    .sort(([a], [b]) => a - b)
    .slice(0, most)
    .map(([, i]) => i)
}

/** Rows of equal length as one tensor. */
export function joined(rows: readonly Float32Array[], shape: readonly number[]): Tensor {
  const length = rows[0]?.length ?? 0
  const data = new Float32Array(rows.length * length)
  for (const [i, row] of rows.entries()) data.set(row, i * length)
  return { data, shape: [rows.length, ...shape] }
}

/** The values that are shown as black and white: [0, 1], or more where the first few hundred examples have more. */
export function rangeOf(examples: Dataset): readonly [number, number] {
  const { data } = gathered(examples, spread(examples.length, 200))
  let [low, high] = [0, 1]
  for (const value of data) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}
