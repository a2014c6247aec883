/**
 * The exponential moving average of a series, with the correction of its bias towards the start:
 * sₜ = α sₜ₋₁ + (1 − α) xₜ with s₀ = 0, shown as sₜ / (1 − αᵗ).
 *
 * @param values The series; what is not finite stays as it is and moves nothing.
 * @param alpha α: 0 (or less) leaves the series as it is; below 1.
 */
export function smooth(values: readonly number[], alpha: number): number[] {
  if (!(alpha > 0)) return [...values]
  let [average, weight] = [0, 1]
  return values.map((value) => {
    if (!Number.isFinite(value)) return value
    average = alpha * average + (1 - alpha) * value
    weight *= alpha
    return average / (1 - weight)
  })
}
