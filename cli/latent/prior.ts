/** Prior p(z) of a model. */
import type { Interval, LocationScale, Vae } from '../../index.js'
import type { Distribution } from './distribution.js'

/** Returns the prior of a model, equal in every dimension; N(0, 1) for an autoencoder, which has none. */
export function priorOf({ config, posterior }: Pick<Vae, 'config' | 'posterior'>): Distribution {
  const prior = config.prior ?? undefined
  if (posterior === 'uniform') {
    const { low = -1, high = 1 } = (prior ?? {}) as Interval
    return { family: posterior, location: (low + high) / 2, scale: (high - low) / 2 }
  }
  const { location = 0, scale = 1 } = (prior ?? {}) as LocationScale
  return { family: posterior === 'laplace' ? posterior : 'gaussian', location, scale }
}
