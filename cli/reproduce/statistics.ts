/** Statistics of measurements. */
import { mean } from '../base/statistics.js'

/** Formats the mean and, over several seeds, the lowest and the highest: `133.4 (133.1 to 133.8)`. */
export function spread(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const digits = digitsFor(Math.max(...values.map(Math.abs)))
  const text = (value: number) =>
    value
      .toFixed(digits)
      .replace(/^-(0\.?0*)$/, '$1')
      .replace('-', '−')
  if (values.length === 0) return '–'
  if (values.length === 1 || text(low) === text(high)) return text(mean(values))
  return `${text(mean(values))} (${text(low)} to ${text(high)})`
}

/** Digits after the point: three significant digits, and tenths for hundreds. */
function digitsFor(size: number): number {
  if (!Number.isFinite(size) || size === 0) return 2
  return Math.min(6, Math.max(size < 1000 ? 1 : 0, 2 - Math.floor(Math.log10(size))))
}

/** Spearman's rank correlation. */
export function rankCorrelation(pairs: readonly (readonly [number, number])[]): number {
  const [x, y] = [ranks(pairs.map(([a]) => a)), ranks(pairs.map(([, b]) => b))]
  const [mx, my] = [mean(x), mean(y)]
  let [xy, xx, yy] = [0, 0, 0]
  for (let i = 0; i < pairs.length; i++) {
    const [a, b] = [(x[i] ?? 0) - mx, (y[i] ?? 0) - my]
    ;[xy, xx, yy] = [xy + a * b, xx + a * a, yy + b * b]
  }
  return xy / Math.sqrt(xx * yy)
}

/** Ranks of the values; ties share the mean of their ranks. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const places = new Array<number>(values.length).fill(0)
  for (let first = 0; first < order.length; ) {
    let last = first
    while (last + 1 < order.length && values[order[last + 1] as number] === values[order[first] as number]) last++
    for (let k = first; k <= last; k++) places[order[k] as number] = (first + last) / 2
    first = last + 1
  }
  return places
}

/** True if the values strictly increase. */
export function rises(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || value > (values[i - 1] as number))
}
