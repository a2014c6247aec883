/** Where the codes of all examples lie: figures 2, 4 and 5 to 9 of the paper. */

import { count } from '../../charts/format.js'
import type { Figure } from '../../charts/svg/figure.js'
import { type Interval, scatter } from '../../charts/svg/scatter.js'
import type { Subject } from '../subject.js'

/** The plane that is shown of the latent space: one dimension, or the two that carry most. */
export function planeAxes({ order, vae }: Pick<Subject, 'order' | 'vae'>): readonly number[] {
  return (vae.config.latentDim ?? 0) > 2 ? order.slice(0, 2) : [...order].sort((a, b) => a - b)
}

/** One column of the means of q(z|x). */
export function column({ encoding }: Pick<Subject, 'encoding'>, j: number): Float32Array {
  const { data, shape } = encoding.mean
  return Float32Array.from({ length: shape[0] }, (_, i) => data[i * shape[1] + j] ?? 0)
}

/** The means of q(z|x) in the plane. */
export function latentFigure(subject: Subject): Figure {
  const { examples, part, prefix, vae } = subject
  const [first = 0, second] = planeAxes(subject)
  const { labels, labelNames } = examples
  const x = column(subject, first)
  // Of a single dimension the height tells the label, and spreads the points of one label by their number.
  const y =
    second === undefined
      ? x.map((_, i) => (labels?.[i] ?? 0) + 0.7 * (((i * 0.618034) % 1) - 0.5))
      : column(subject, second)
  const names = { xLabel: `z${first}`, yLabel: second === undefined ? (labels ? 'label' : '') : `z${second}` }
  const d = vae.config.latentDim ?? 0
  return {
    id: `${prefix}latents`,
    title: 'Latent codes.',
    caption: `The mean of q(z|x) of ${count(examples.length)} ${part} examples${labels ? ', coloured by label' : ''}${plane(d, subject)}`,
    svg: scatter({ x, y, ...(labels && { labels }), ...(labelNames && { labelNames }), ...names, width: 470 }),
    data: { x: rounded(x), y: rounded(y), ...(labels && { labels }), ...names },
  }
}

function plane(d: number, { vae }: Subject): string {
  if (d === 1) return '; there is one dimension, and the height is the label.'
  if (d === 2) return '.'
  const most = vae.posterior === 'deterministic' ? 'that vary most' : 'with the largest KL'
  return `, in the two of ${d} dimensions ${most}.`
}

/** Four decimals are more than a figure shows. */
export function rounded(values: ArrayLike<number>): number[] {
  return Array.from(values, (value) => Math.round(value * 1e4) / 1e4)
}

/** The ends of an axis around these values. */
export function around(values: ArrayLike<number>): Interval {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] ?? low)
    high = Math.max(high, values[i] ?? high)
  }
  const room = 0.04 * (high - low) || 1
  return [low - room, high + room]
}
