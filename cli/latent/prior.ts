/** Where a model's latent codes lie: the prior, and the dimensions that carry something. */
import type { Interval, LocationScale, Vae } from '../../index.js'

/** One dimension of p(z), or of q(z|x). */
export interface Distribution {
  readonly family: 'gaussian' | 'laplace' | 'uniform'
  readonly location: number
  /** σ of a gaussian, b of a Laplace distribution, half the width of a uniform one. */
  readonly scale: number
}

/** The prior of a model, the same in every dimension; of an autoencoder, which has none, N(0, 1). */
export function priorOf({ config, posterior }: Pick<Vae, 'config' | 'posterior'>): Distribution {
  const prior = config.prior ?? undefined
  if (posterior === 'uniform') {
    const { low = -1, high = 1 } = (prior ?? {}) as Interval
    return { family: posterior, location: (low + high) / 2, scale: (high - low) / 2 }
  }
  const { location = 0, scale = 1 } = (prior ?? {}) as LocationScale
  return { family: posterior === 'laplace' ? posterior : 'gaussian', location, scale }
}

/** The z below which the share p of the prior lies; p between 0 and 1. */
export function quantile({ family, location, scale }: Distribution, p: number): number {
  if (family === 'uniform') return location + scale * (2 * p - 1)
  if (family === 'laplace') return location + scale * (p < 0.5 ? Math.log(2 * p) : -Math.log(2 * (1 - p)))
  return location + scale * normalQuantile(p)
}

/** k places from the quantile 1/2k to 1 − 1/2k, each standing for an equal share of the prior. */
export function quantiles(prior: Distribution, k: number): number[] {
  return Array.from({ length: k }, (_, i) => quantile(prior, (i + 0.5) / k))
}

/** Φ⁻¹(p), by halving: Φ is monotone, and sixty halvings are exact in a double. */
function normalQuantile(p: number): number {
  let [low, high] = [-10, 10]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (normalShare(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Φ(u), from the series of the error function; for |u| up to 10 more exact than any figure shows. */
function normalShare(u: number): number {
  if (u < 0) return 1 - normalShare(-u)
  if (u > 8) return 1
  // Φ(u) = ½ + φ(u)·(u + u³/3 + u⁵/(3·5) + …)
  let [term, sum] = [u, u]
  for (let k = 3; term > 1e-17 * sum; k += 2) {
    term *= (u * u) / k
    sum += term
  }
  return 0.5 + (sum * Math.exp(-(u * u) / 2)) / Math.sqrt(2 * Math.PI)
}

/** Latent dimensions, those that carry most first: by KL, of an autoencoder by the variance of z. */
export function ranked(klPerDimension: ArrayLike<number>, variances: readonly number[]): number[] {
  const kl = Array.from(klPerDimension)
  const weights = kl.some((value) => value > 0) ? kl : variances
  return weights.map((_, j) => j).sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0))
}

/** The variance of each column of rows of d numbers. */
export function columnVariances(data: Float32Array, d: number): number[] {
  const n = data.length / d
  return Array.from({ length: d }, (_, j) => {
    let [sum, squares] = [0, 0]
    for (let i = j; i < data.length; i += d) {
      const value = data[i] ?? 0
      sum += value
      squares += value * value
    }
    return Math.max(0, squares / n - (sum / n) ** 2)
  })
}
