/** From values to places on an axis: what is shown of it, and where the ticks are. */
import { finiteOf } from './quantile.js'

/** The ends of an axis. */
export type Interval = readonly [low: number, high: number]

/** An axis that is linear or logarithmic. */
export interface Scale {
  readonly domain: Interval
  /** Default linear. */
  readonly log?: boolean
}

/** How far along the axis a value lies: 0 at its low end, 1 at its high one; NaN where it has no place. */
export function along({ domain: [low, high], log = false }: Scale, value: number): number {
  if (!log) return (value - low) / (high - low)
  return value > 0 ? Math.log(value / low) / Math.log(high / low) : Number.NaN
}

/** Fewer values than that are all shown. */
const fewest = 20

/**
 * What an axis shows of these values, in two steps that need no knowledge of what they are: the middle 90 %, and beyond
 * it whatever lies no further off than that is wide. So the plunge of the first steps, or one wild value, does not
 * flatten everything else, while the last small gain stays within. On a logarithmic axis only what is above 0 counts.
 */
export function limits(values: ArrayLike<number>, log = false): Interval {
  const sorted = finiteOf(values)
    .filter((value) => !log || value > 0)
    .sort()
  if (sorted.length === 0) return log ? [0.1, 1] : [0, 1]
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0
  const [low, high] = sorted.length < fewest ? [at(0), at(1)] : fenced(sorted, at(0.05), at(0.95))
  if (high > low) return [low, high]
  const margin = Math.max(0.5, 0.05 * Math.abs(low))
  return log ? [low / 2, low * 2] : [low - margin, low + margin]
}

function fenced(sorted: Float64Array, low: number, high: number): Interval {
  const reach = high - low
  // All but a few are one value: there is no width to go by.
  if (reach === 0) return [sorted[0] ?? low, sorted.at(-1) ?? high]
  const within = sorted.filter((value) => value >= low - reach && value <= high + reach)
  return [within[0] ?? low, within.at(-1) ?? high]
}

/** At most `most` round values within the domain, from the lowest: multiples of 1, 2 or 5 × 10ᵏ. */
export function linearTicks([low, high]: Interval, most: number, whole = false): number[] {
  if (!(high - low > 1e-300 && high - low < Number.POSITIVE_INFINITY) || most < 1) return []
  const least = Math.max((high - low) / Math.max(most, 1), whole ? 1 : 0)
  let power = 10 ** Math.floor(Math.log10(least))
  for (;;) {
    for (const factor of [1, 2, 5]) {
      const step = factor * power
      const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)]
      // Divided where the step is a fraction: 3 / 10 is 0.3, which 3 × 0.1 is not.
      const value = (i: number) => (power < 1 ? (i * factor) / Math.round(1 / power) : i * step)
      if (step >= (least * (1 - 1e-9)) / 2 && last - first + 1 <= most && (!whole || step >= 1))
        return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => value(first + i))
    }
    power *= 10
  }
}

/** At most `most` powers of ten within the domain, or 1, 2 and 5 times them where they are few. */
export function logTicks([low, high]: Interval, most: number): number[] {
  if (!(low > 0 && high > low && high < Number.POSITIVE_INFINITY) || most < 1) return []
  const [first, last] = [Math.floor(Math.log10(low)), Math.floor(Math.log10(high))]
  const within = (factor: number, exponent: number): number[] => {
    const value = Number(`${factor}e${exponent}`)
    return value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9) ? [value] : []
  }
  const exponents = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  const all = exponents.flatMap((exponent) => [1, 2, 5].flatMap((factor) => within(factor, exponent)))
  const powers = exponents.flatMap((exponent) => within(1, exponent))
  if (all.length < 2 || (all.length > most && powers.length < 2)) return linearTicks([low, high], most)
  if (all.length <= most) return all
  const every = Math.ceil(powers.length / most)
  return powers.filter((_, i) => i % every === 0)
}

/** Ticks as they are written: all with as many decimals as the closest two need. */
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
