/** Scales of axes: domain, mapping of values, ticks. */
import { finiteOf } from './quantile.js'

/** Ends of an axis. */
export type Bounds = readonly [low: number, high: number]

/** Linear or logarithmic scale. */
export interface Scale {
  readonly domain: Bounds
  /** Set for a logarithmic scale; default linear. */
  readonly log?: boolean
}

/** Position of a value on the axis: 0 at its low end, 1 at its high end; NaN for no position. */
export function along({ domain: [low, high], log = false }: Scale, value: number): number {
  if (!log) return (value - low) / (high - low)
  return value > 0 ? Math.log(value / low) / Math.log(high / low) : Number.NaN
}

/** Values below which all are shown. */
const minToFence = 20

/**
 * Limits of an axis for these values: the middle 90 %, extended to the values within one width of it on either side. So
 * the plunge of the first steps, or an outlier, does not flatten everything else, and the last small gain shows. A
 * logarithmic axis ignores values that are not above 0.
 */
export function limits(values: ArrayLike<number>, log = false): Bounds {
  const sorted = finiteOf(values)
    .filter((value) => !log || value > 0)
    .sort()
  if (sorted.length === 0) return log ? [0.1, 1] : [0, 1]
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0
  const [low, high] = sorted.length < minToFence ? [at(0), at(1)] : withoutOutliers(sorted, at(0.05), at(0.95))
  if (high > low) return [low, high]
  const margin = Math.max(0.5, 0.05 * Math.abs(low))
  return log ? [low / 2, low * 2] : [low - margin, low + margin]
}

function withoutOutliers(sorted: Float64Array, low: number, high: number): Bounds {
  const reach = high - low
  // All but a few values are equal: there is no width to use.
  if (reach === 0) return [sorted[0] ?? low, sorted.at(-1) ?? high]
  const within = sorted.filter((value) => value >= low - reach && value <= high + reach)
  return [within[0] ?? low, within.at(-1) ?? high]
}

/** Returns at most `most` round values within the domain, ascending: multiples of 1, 2 or 5 × 10ᵏ. */
export function linearTicks([low, high]: Bounds, maxTicks: number, whole = false): number[] {
  if (!(high - low > 1e-300 && high - low < Number.POSITIVE_INFINITY) || maxTicks < 1) return []
  const minStep = Math.max((high - low) / Math.max(maxTicks, 1), whole ? 1 : 0)
  let power = 10 ** Math.floor(Math.log10(minStep))
  for (;;) {
    for (const factor of [1, 2, 5]) {
      const step = factor * power
      const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)]
      // Divides for fractional steps: 3 / 10 is 0.3, but 3 × 0.1 is not.
      const value = (i: number) => (power < 1 ? (i * factor) / Math.round(1 / power) : i * step)
      if (step >= (minStep * (1 - 1e-9)) / 2 && last - first + 1 <= maxTicks && (!whole || step >= 1))
        return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => value(first + i))
    }
    power *= 10
  }
}

/** Returns at most `most` powers of ten within the domain, or 1, 2 and 5 times them if few. */
export function logTicks([low, high]: Bounds, maxTicks: number): number[] {
  if (!(low > 0 && high > low && high < Number.POSITIVE_INFINITY) || maxTicks < 1) return []
  const [first, last] = [Math.floor(Math.log10(low)), Math.floor(Math.log10(high))]
  const within = (factor: number, exponent: number): number[] => {
    const value = Number(`${factor}e${exponent}`)
    return value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9) ? [value] : []
  }
  const exponents = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  const all = exponents.flatMap((exponent) => [1, 2, 5].flatMap((factor) => within(factor, exponent)))
  const powers = exponents.flatMap((exponent) => within(1, exponent))
  if (all.length < 2 || (all.length > maxTicks && powers.length < 2)) return linearTicks([low, high], maxTicks)
  if (all.length <= maxTicks) return all
  const every = Math.ceil(powers.length / maxTicks)
  return powers.filter((_, i) => i % every === 0)
}

/** Formats ticks, all with the decimals that the closest two need. */
export function tickLabels(ticks: readonly number[]): string[] {
  const steps = ticks.slice(1).map((tick, i) => tick - (ticks[i] ?? 0))
  const step = Math.min(...steps, ...(steps.length === 0 ? [Math.abs(ticks[0] ?? 1) || 1] : []))
  const decimals = Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))
  return ticks.map((tick) => {
    const size = Math.abs(tick)
    if (size >= 1e6 || (size > 0 && size < 1e-4)) return Number(tick.toPrecision(3)).toExponential().replace('e+', 'e')
    const [whole = '', fraction] = size.toFixed(decimals).split('.')
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
    return `${tick < 0 ? '−' : ''}${grouped}${fraction === undefined ? '' : `.${fraction}`}`
  })
}
