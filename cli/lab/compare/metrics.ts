/** The losses that runs are compared by. */
import type { Losses } from '../../../index.js'
import { nats, percent } from '../../render/format.js'

/** One of them. */
export interface Metric {
  readonly title: string
  of(losses: Losses): number
  text(value: number): string
}

/** In the order in which a key goes through them. */
export const metrics = [
  { title: '−ELBO', of: ({ elbo }) => -elbo, text: nats },
  { title: 'reconstruction', of: ({ reconstruction }) => reconstruction, text: nats },
  { title: 'KL', of: ({ kl }) => kl, text: nats },
  { title: 'KL share', of: ({ klShare }) => klShare, text: percent },
] as const satisfies readonly Metric[]
