/** Distributions of one latent dimension: quantiles and standard deviations. */

/** One dimension of p(z), or of q(z|x). */
export interface Distribution {
  readonly family: 'gaussian' | 'laplace' | 'uniform'
  readonly location: number
  /** σ of a gaussian, b of a Laplace distribution, half the width of a uniform one. */
  readonly scale: number
}

/** Quantile function: the z with P(Z ≤ z) = p, for p in (0, 1). */
export function quantile({ family, location, scale }: Distribution, p: number): number {
  if (family === 'uniform') return location + scale * (2 * p - 1)
  if (family === 'laplace') return location + scale * (p < 0.5 ? Math.log(2 * p) : -Math.log(2 * (1 - p)))
  return location + scale * normalQuantile(p)
}

/** Returns k points at the quantiles 1/2k to 1 − 1/2k, each for an equal share of the prior. */
export function quantiles(prior: Distribution, k: number): number[] {
  return Array.from({ length: k }, (_, i) => quantile(prior, (i + 0.5) / k))
}

/** Φ⁻¹(p) by bisection: Φ is monotone, and 60 halvings are exact in a double. */
function normalQuantile(p: number): number {
  let [low, high] = [-10, 10]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (normalCdf(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Φ(u) from the series of the error function; for |u| ≤ 10 more precise than any figure shows. */
function normalCdf(u: number): number {
  if (u < 0) return 1 - normalCdf(-u)
  if (u > 8) return 1
  // Φ(u) = ½ + φ(u)·(u + u³/3 + u⁵/(3·5) + …)
  let [term, sum] = [u, u]
  for (let k = 3; term > 1e-17 * sum; k += 2) {
    term *= (u * u) / k
    sum += term
  }
  return 0.5 + (sum * Math.exp(-(u * u) / 2)) / Math.sqrt(2 * Math.PI)
}

/** Standard deviation of a distribution. */
export function standardDeviation({ family, scale }: Distribution): number {
  return scale * { gaussian: 1, laplace: Math.SQRT2, uniform: 1 / Math.sqrt(3) }[family]
}
