/** Latent codes of examples. Letters: n examples, d latent dimensions. */
import type { Encoding, Latents, ProbeEvent } from '../../index.js'
import type { Distribution } from './distribution.js'

/** Latent codes of a run's probe examples. */
export interface Codes {
  /** Means of q(z|x), (n, d). */
  readonly means: Latents
  /** Class of each example, if the data have labels. */
  readonly labels?: Int32Array
  /** Full q(z|x), if a loaded model encoded the examples; a probe event holds the means alone. */
  readonly encoding?: Encoding
  /** Epoch of the model that encoded them. */
  readonly epoch: number
}

/** Codes of a probe event. */
export function codesOfProbe({ latents, labels, epoch }: ProbeEvent): Codes {
  return { means: latents, epoch, ...(labels && { labels }) }
}

/** Codes without examples, for an explorer that has no data. */
export function noCodes(d: number, epoch: number): Codes {
  return { means: { data: new Float32Array(), shape: [0, d] }, epoch }
}

/** Distinct classes, in ascending order. */
export function classesOf({ labels }: Codes): number[] {
  return [...new Set(labels ?? [])].filter((label) => label >= 0).sort((a, b) => a - b)
}

/** Index of the next example after `after`, wrapping around, of class `label` if given. */
export function nextExample({ means, labels }: Codes, after: number, label?: number): number | undefined {
  const [n] = means.shape
  for (let step = 1; step <= n; step++) {
    const i = (after + step) % n
    if (label === undefined || labels?.[i] === label) return i
  }
  return undefined
}

/**
 * Mixture components of q(z): q(z|x) of example i in each dimension. If only its mean is known, or q is a point, a
 * Gaussian kernel about the mean replaces it, with Silverman's bandwidth σ_j = sd_j · (4 / ((d + 2) n))^(1 / (d + 4)).
 */
export function componentsOf(codes: Codes): (i: number) => Distribution[] {
  const { encoding, means } = codes
  const [n, d] = means.shape
  const rule = (4 / ((d + 2) * Math.max(n, 1))) ** (1 / (d + 4))
  const kernels = columnVariances(means.data, d).map((variance) => Math.max(Math.sqrt(variance) * rule, 1e-6))
  return (i) =>
    kernels.map((scale, j) => {
      const location = means.data[i * d + j] ?? 0
      return (encoding && posteriorOf(encoding, i, j)) ?? { family: 'gaussian', location, scale }
    })
}

/** Default z, used for dimensions off the slice: the prior's mean, or the mean of the codes for an autoencoder. */
export function defaultZ({ means: { data, shape } }: Codes, prior?: Distribution): Float64Array {
  const [n, d] = shape
  const z = new Float64Array(d).fill(prior?.location ?? 0)
  if (prior === undefined) for (let i = 0; i < data.length; i++) z[i % d] = (z[i % d] ?? 0) + (data[i] ?? 0) / n
  return z
}

/**
 * Latent dimensions by information, descending: by KL if known, else by variance of the means. One or two keep their
 * order.
 */
export function dimensionOrder({ means: { data, shape } }: Codes, kl?: ArrayLike<number>): number[] {
  const [, d] = shape
  if (d < 3) return Array.from({ length: d }, (_, j) => j)
  const variances = columnVariances(data, d)
  return rankDimensions(kl?.length === d ? kl : variances, variances)
}

/** q(z_j|x) of example i; undefined if z is a point. */
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

/** Latent dimensions by KL, descending; by the variance of z if every KL is 0, as for an autoencoder. */
export function rankDimensions(klPerDimension: ArrayLike<number>, variances: readonly number[]): number[] {
  const kl = Array.from(klPerDimension)
  const weights = kl.some((value) => value > 0) ? kl : variances
  return weights.map((_, j) => j).sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0))
}

/** Variance of each column of an (n, d) matrix. */
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
