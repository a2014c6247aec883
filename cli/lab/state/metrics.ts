/** The losses that runs are shown and compared by. */
import type { Losses } from '../../../index.js'
import { nats, percent } from '../../charts/format.js'

/** One of them. */
export interface Metric {
  readonly title: string
  of(losses: Losses): number
  text(value: number): string
}

export const elbo: Metric = { title: '−ELBO', of: ({ elbo }) => -elbo, text: nats }
export const reconstruction: Metric = {
  title: 'reconstruction',
  of: ({ reconstruction }) => reconstruction,
  text: nats,
}
export const kl: Metric = { title: 'KL', of: ({ kl }) => kl, text: nats }
export const klShare: Metric = { title: 'KL share', of: ({ klShare }) => klShare, text: percent }
