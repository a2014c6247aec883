/** Mean and standard deviation of a few values. */

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Sample standard deviation, with divisor n − 1; NaN for fewer than two values. */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN
  const centre = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1))
}
