/** Quantiles of many values without sorting them all: the screen is redrawn ten times a second. */

/** Finite values, in order. */
export function finiteOf(values: ArrayLike<number>): Float64Array {
  const kept = new Float64Array(values.length)
  let n = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN
    if (Number.isFinite(value)) kept[n++] = value
  }
  return kept.subarray(0, n)
}

/**
 * Quantile of the values, by Hoare's selection, which reorders them; 0 if there are none.
 *
 * @param share From 0, the lowest, to 1, the highest.
 */
export function quantile(values: Float64Array, share: number): number {
  const place = Math.round(share * (values.length - 1))
  let [low, high] = [0, values.length - 1]
  while (low < high) {
    const pivot = values[(low + high) >> 1] ?? 0
    let [left, right] = [low, high]
    while (left <= right) {
      while ((values[left] ?? 0) < pivot) left++
      while ((values[right] ?? 0) > pivot) right--
      if (left > right) break
      const value = values[left] ?? 0
      values[left++] = values[right] ?? 0
      values[right--] = value
    }
    // All values between the two equal the pivot.
    if (place <= right) high = right
    else if (place >= left) low = left
    else break
  }
  return values[place] ?? 0
}
