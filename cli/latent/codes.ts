/** Where examples lie in latent space. Letters: n examples, d latent dimensions. */
import type { Encoding, Latents, ProbeEvent } from '../../index.js'
import { posteriorOf } from './draws.js'
import { columnVariances, type Distribution, ranked } from './prior.js'

/** The codes of the examples that a run is probed with. */
export interface Codes {
  /** The means of q(z|x), (n, d). */
  readonly means: Latents
  /** The class of each, where the data has labels. */
  readonly labels?: Int32Array
  /** All of q(z|x), where the model itself has encoded them; a probe tells the means alone. */
  readonly encoding?: Encoding
  /** After how many epochs. */
  readonly epoch: number
}

/** The codes that a probe saw. */
export function codesOfProbe({ latents, labels, epoch }: ProbeEvent): Codes {
  return { means: latents, epoch, ...(labels && { labels }) }
}

/** Codes of no examples: the section is still to be walked through. */
export function noCodes(d: number, epoch: number): Codes {
  return { means: { data: new Float32Array(), shape: [0, d] }, epoch }
}

/** Which classes there are, in order. */
export function classesOf({ labels }: Codes): number[] {
  return [...new Set(labels ?? [])].filter((label) => label >= 0).sort((a, b) => a - b)
}

/** The next example after another, around the end, whose class is the one that is asked for. */
export function nextExample({ means, labels }: Codes, after: number, label?: number): number | undefined {
  const [n] = means.shape
  for (let step = 1; step <= n; step++) {
    const i = (after + step) % n
    if (label === undefined || labels?.[i] === label) return i
  }
  return undefined
}

/**
 * q(z|x) of example i in each dimension. Where only its mean is known, or where q is a point, a gaussian kernel about it
 * stands for it, as wide as Silverman's rule has it: σ_j = sd_j · (4 / ((d + 2) n))^(1 / (d + 4)).
 */
export function spreadOf(codes: Codes): (i: number) => Distribution[] {
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

/** Where dimensions stand that a section does not run along: at the prior's mean, of an autoencoder at that of its codes. */
export function restOf({ means: { data, shape } }: Codes, prior?: Distribution): Float64Array {
  const [n, d] = shape
  const rest = new Float64Array(d).fill(prior?.location ?? 0)
  if (prior === undefined) for (let i = 0; i < data.length; i++) rest[i % d] = (rest[i % d] ?? 0) + (data[i] ?? 0) / n
  return rest
}

/** Latent dimensions, those that carry most first: by KL where it is known, else by the variance of their means; two keep their order. */
export function orderOf({ means: { data, shape } }: Codes, kl?: ArrayLike<number>): number[] {
  const [, d] = shape
  if (d < 3) return Array.from({ length: d }, (_, j) => j)
  const variances = columnVariances(data, d)
  return ranked(kl?.length === d ? kl : variances, variances)
}
