/** Stateless random draws for figures: functions of a seed and an index. */
import { type Distribution, quantile } from './distribution.js'

/** Uniform number in (0, 1) for a seed and an index. */
export function uniform(seed: number, index: number): number {
  let bits = (Math.imul(seed + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)) >>> 0
  for (const factor of [0x7feb352d, 0x846ca68b]) bits = Math.imul(bits ^ (bits >>> 15), factor) >>> 0
  return (((bits ^ (bits >>> 16)) >>> 0) + 0.5) / 2 ** 32
}

/** Draws from a distribution. */
export function draw(from: Distribution, seed: number, index: number): number {
  return quantile(from, uniform(seed, index))
}
