/** Settings of the comparison: metric, axis and order. */
import type { Lab } from '../state/lab.js'
import { elbo, kl, klShare, type Metric, reconstruction } from '../state/metrics.js'

const comparisons = new WeakMap<Lab, Compare>()

/** Returns the comparison of a lab, created on first use. */
export function compareOf(lab: Lab): Compare {
  const compare = comparisons.get(lab) ?? new Compare(lab)
  comparisons.set(lab, compare)
  return compare
}

/** Metrics in the order of the key that selects them. */
const metrics = [elbo, reconstruction, kl, klShare]
const axes = ['epoch', 'step', 'seconds'] as const

export class Compare {
  readonly lab: Lab
  /** Title of the sort column; undefined keeps the order of arrival. */
  sort: string | undefined
  descending = false
  #metric = 0

  constructor(lab: Lab) {
    this.lab = lab
  }

  /** Metric of the curves. */
  get metric(): Metric {
    return metrics[this.#metric] ?? elbo
  }

  /** Selects the next metric. */
  nextMetric(): void {
    this.#metric = (this.#metric + 1) % metrics.length
    this.lab.changed()
  }

  /** Selects the next axis of the curves. */
  nextAxis(): void {
    const { charts } = this.lab
    this.lab.charts = { ...charts, axis: axes[(axes.indexOf(charts.axis) + 1) % axes.length] ?? 'epoch' }
    this.lab.changed()
  }

  /** Sorts by the next of these columns; after the last, by none. */
  sortByNext(titles: readonly string[]): void {
    const at = this.sort === undefined ? -1 : titles.indexOf(this.sort)
    this.sort = titles[at + 1]
    this.descending = false
    this.lab.changed()
  }

  /** Reverses the order. */
  reverse(): void {
    this.descending = !this.descending
    this.lab.changed()
  }
}
