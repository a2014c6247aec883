/** Latent codes of all examples: figures 2, 4 and 5 to 9 of the paper. */

import { count } from '../../charts/format.js'
import type { Figure } from '../../charts/svg/figure.js'
import { scatter } from '../../charts/svg/scatter.js'
import type { Bounds } from '../../charts/text/scale.js'
import type { ReportInput } from '../report-input.js'

/** Dimensions of the latent plane: the only one, or the two with the largest KL (else variance). */
export function planeAxes({ order, vae }: Pick<ReportInput, 'order' | 'vae'>): readonly number[] {
  return (vae.config.latentDim ?? 0) > 2 ? order.slice(0, 2) : [...order].sort((a, b) => a - b)
}

/** Column j of the means of q(z|x). */
export function column({ encoding }: Pick<ReportInput, 'encoding'>, j: number): Float32Array {
  const { data, shape } = encoding.mean
  return Float32Array.from({ length: shape[0] }, (_, i) => data[i * shape[1] + j] ?? 0)
}

/** Draws the means of q(z|x) in the plane. */
export function latentFigure(input: ReportInput): Figure {
  const { examples, part, prefix, vae } = input
  const [first = 0, second] = planeAxes(input)
  const { labels, labelNames } = examples
  const x = column(input, first)
  // With one dimension the height is the label plus a jitter by example index.
  const y =
    second === undefined
      ? x.map((_, i) => (labels?.[i] ?? 0) + 0.7 * (((i * 0.618034) % 1) - 0.5))
      : column(input, second)
  const names = { xLabel: `z${first}`, yLabel: second === undefined ? (labels ? 'label' : '') : `z${second}` }
  const d = vae.config.latentDim ?? 0
  return {
    id: `${prefix}latents`,
    title: 'Latent codes.',
    caption: `The mean of q(z|x) of ${count(examples.length)} ${part} examples${labels ? ', coloured by label' : ''}${plane(d, input)}`,
    svg: scatter({ x, y, ...(labels && { labels }), ...(labelNames && { labelNames }), ...names, width: 470 }),
    data: { x: roundAll(x), y: roundAll(y), ...(labels && { labels }), ...names },
  }
}

function plane(d: number, { vae }: ReportInput): string {
  if (d === 1) return '; there is one dimension, and the height is the label.'
  if (d === 2) return '.'
  const most = vae.posterior === 'deterministic' ? 'that vary most' : 'with the largest KL'
  return `, in the two of ${d} dimensions ${most}.`
}

/** Rounds to four decimals, more than a figure shows. */
function roundAll(values: ArrayLike<number>): number[] {
  return Array.from(values, (value) => Math.round(value * 1e4) / 1e4)
}

/** Ends of an axis around these values. */
export function boundsOf(values: ArrayLike<number>): Bounds {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] ?? low)
    high = Math.max(high, values[i] ?? high)
  }
  const room = 0.04 * (high - low) || 1
  return [low - room, high + room]
}
