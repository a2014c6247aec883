/** Ranges of values as shown: black and white of a picture, bottom and top of a curve. */
import type { ValueRange } from '../../index.js'

/** Shares of the way from the low to the high end of a range, not clipped: 0 is black, 1 is white. */
export function shares(values: Float32Array, range: ValueRange = [0, 1]): Float32Array {
  const [low, high] = range
  if (low === 0 && high === 1) return values
  const width = widthOf(range)
  return values.map((value) => (value - low) / width)
}

/** Width of a range to divide by: 1 for a constant, which has none. */
export function widthOf([low, high]: ValueRange): number {
  return high > low ? high - low : 1
}

/** Range that shows these values where no other is known: [0, 1] for values within it, else their ends. */
export function endsOf(values: Float32Array): ValueRange {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return low >= 0 && high <= 1 ? [0, 1] : [low, high]
}
