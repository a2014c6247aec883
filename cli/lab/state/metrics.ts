/** Metrics by which runs are shown and compared. */
import type { Losses } from '../../../index.js'
import { nats, percent } from '../../charts/format.js'

/** Loss with its title and number format. */
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
