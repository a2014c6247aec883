/** How runs are compared: by which loss, and in which order. */
import type { Lab } from '../state/lab.js'
import { elbo, kl, klShare, type Metric, reconstruction } from '../state/metrics.js'

const comparisons = new WeakMap<Lab, Compare>()

/** The comparison of a lab, made when it is first opened. */
export function compareOf(lab: Lab): Compare {
  const compare = comparisons.get(lab) ?? new Compare(lab)
  comparisons.set(lab, compare)
  return compare
}

/** In the order in which a key goes through them. */
const metrics = [elbo, reconstruction, kl, klShare]
const axes = ['epoch', 'step', 'seconds'] as const

export class Compare {
  readonly lab: Lab
  /** The column that the table is sorted by, by its title; the order in which the runs came unless one is chosen. */
  sort: string | undefined
  descending = false
  #metric = 0

  constructor(lab: Lab) {
    this.lab = lab
  }

  /** The loss whose curves are shown. */
  get metric(): Metric {
    return metrics[this.#metric] ?? elbo
  }

  /** The next loss. */
  nextMetric(): void {
    this.#metric = (this.#metric + 1) % metrics.length
    this.lab.changed()
  }

  /** The next axis of the curves. */
  nextAxis(): void {
    const { charts } = this.lab
    this.lab.charts = { ...charts, axis: axes[(axes.indexOf(charts.axis) + 1) % axes.length] ?? 'epoch' }
    this.lab.changed()
  }

  /** Sorts by the next of these columns, and after the last by none. */
  sortByNext(titles: readonly string[]): void {
    const at = this.sort === undefined ? -1 : titles.indexOf(this.sort)
    this.sort = titles[at + 1]
    this.descending = false
    this.lab.changed()
  }

  /** The other way round. */
  turn(): void {
    this.descending = !this.descending
    this.lab.changed()
  }
}
