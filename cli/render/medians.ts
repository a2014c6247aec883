/** The median of each class: where its name belongs. */
import type { Points } from './cloud.js'

/** A class and the point whose coordinates are the medians of its members'. */
export interface Median {
  readonly label: number
  readonly x: number
  readonly y: number
}

/** The median of every class that has members with finite coordinates; those with most members first. */
export function medians({ x, y, labels }: Points): Median[] {
  const members = new Map<number, { x: number[]; y: number[] }>()
  for (let i = 0; i < (labels?.length ?? 0); i++) {
    const [label, px, py] = [labels?.[i] ?? -1, x[i] ?? Number.NaN, y[i] ?? Number.NaN]
    if (label < 0 || !Number.isFinite(px) || !Number.isFinite(py)) continue
    const own = members.get(label) ?? { x: [], y: [] }
    own.x.push(px)
    own.y.push(py)
    members.set(label, own)
  }
  return [...members]
    .sort(([, a], [, b]) => b.x.length - a.x.length)
    .map(([label, own]) => ({ label, x: median(own.x), y: median(own.y) }))
}

function median(values: readonly number[]): number {
  return Float64Array.from(values).sort()[values.length >> 1] ?? Number.NaN
}
