/** Median of each class, the place of its name. */
import type { PointCloud } from './cloud.js'
import { quantile } from './quantile.js'

/** Class, and the medians of its points' coordinates. */
export interface Median {
  readonly label: number
  readonly x: number
  readonly y: number
}

/** Medians of all classes that have points with finite coordinates; largest classes first. */
export function medians({ x, y, labels = [] }: PointCloud): Median[] {
  const sizes = new Map<number, number>()
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? -1
    if (label >= 0) sizes.set(label, (sizes.get(label) ?? 0) + 1)
  }
  const members = new Map(
    [...sizes].map(([label, n]) => [label, { n: 0, x: new Float64Array(n), y: new Float64Array(n) }]),
  )
  for (let i = 0; i < labels.length; i++) {
    const own = members.get(labels[i] ?? -1)
    const [px, py] = [x[i] ?? Number.NaN, y[i] ?? Number.NaN]
    if (own === undefined || !Number.isFinite(px + py)) continue
    own.x[own.n] = px
    own.y[own.n++] = py
  }
  return [...members]
    .filter(([, { n }]) => n > 0)
    .sort(([, a], [, b]) => b.n - a.n)
    .map(([label, { n, x, y }]) => ({ label, x: quantile(x.subarray(0, n), 0.5), y: quantile(y.subarray(0, n), 0.5) }))
}
