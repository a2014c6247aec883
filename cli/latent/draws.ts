/** Draws for figures: a function of seed and number, without a state. */
import type { Encoding } from '../../index.js'
import { type Distribution, quantile } from './prior.js'

/** A number in (0, 1) for each seed and place. */
export function uniform(seed: number, place: number): number {
  let bits = (Math.imul(seed + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(place + 1, 0xc2b2ae35)) >>> 0
  for (const factor of [0x7feb352d, 0x846ca68b]) bits = Math.imul(bits ^ (bits >>> 15), factor) >>> 0
  return (((bits ^ (bits >>> 16)) >>> 0) + 0.5) / 2 ** 32
}

/** q(z_j|x) of example i; none where z is a point. */
export function posteriorOf(encoding: Encoding, i: number, j: number): Distribution | undefined {
  const [, d] = encoding.mean.shape
  const at = i * d + j
  const location = encoding.mean.data[at] ?? 0
  switch (encoding.posterior) {
    case 'gaussian':
      return { family: 'gaussian', location, scale: Math.exp((encoding.logVar.data[at] ?? 0) / 2) }
    case 'laplace':
      return { family: 'laplace', location, scale: Math.exp(encoding.logScale.data[at] ?? 0) }
    case 'uniform':
      return { family: 'uniform', location, scale: ((encoding.high.data[at] ?? 0) - (encoding.low.data[at] ?? 0)) / 2 }
    default:
      return undefined
  }
}

/** The standard deviation of a distribution with this scale. */
export function standardDeviation({ family, scale }: Distribution): number {
  return scale * { gaussian: 1, laplace: Math.SQRT2, uniform: 1 / Math.sqrt(3) }[family]
}

/** A draw from a distribution. */
export function draw(from: Distribution, seed: number, place: number): number {
  return quantile(from, uniform(seed, place))
}
