/**
 * Exponential moving average of a series, with its bias towards the start corrected:
 * sₜ = α sₜ₋₁ + (1 − α) xₜ with s₀ = 0, shown as sₜ / (1 − αᵗ).
 *
 * @param values The series; values that are not finite are kept and do not affect the average.
 * @param alpha α below 1; 0 (or less) leaves the series unchanged.
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
