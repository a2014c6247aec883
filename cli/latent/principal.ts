/** First two principal directions of codes. Letters: n codes, d latent dimensions. */
import type { Latents } from '../../index.js'
import { columnVariances } from './codes.js'
import { uniform } from './draws.js'
import { dot } from './slice.js'

/** Principal directions. */
export interface Principal {
  /** Orthonormal, of length d; the first has the larger variance. */
  readonly directions: readonly [Float64Array, Float64Array]
  /** Share of the codes' variance along the two. */
  readonly share: number
}

/**
 * Maximum number of iterations; directions that have not converged by then have almost equal variance, and either will
 * do.
 */
const maxRounds = 60
/** Convergence threshold for 1 − cos of the angle between two iterations. */
const tolerance = 1e-10

/** Returns the principal directions of codes (n, d), d ≥ 2, by orthogonal iteration. */
export function principal(means: Latents): Principal {
  const [, d] = means.shape
  const variances = columnVariances(means.data, d)
  const centred = centre(means)
  // Arbitrary start: one orthogonal to the solution would never reach it.
  let [a, b] = [arbitraryDirection(1, d), arbitraryDirection(2, d)]
  for (let round = 0; round < maxRounds; round++) {
    const nextA = normalized(covarianceTimes(centred, d, a), a)
    const nextB = normalized(orthogonalPart(covarianceTimes(centred, d, b), nextA), b)
    const turned = Math.max(1 - Math.abs(dot(a, nextA)), 1 - Math.abs(dot(b, nextB)))
    a = nextA
    b = nextB
    if (turned < tolerance) break
  }
  const total = variances.reduce((sum, variance) => sum + variance, 0)
  const varianceAlong = (e: Float64Array) => dot(e, covarianceTimes(centred, d, e))
  return {
    directions: [withFixedSign(a), withFixedSign(b)],
    share: total > 0 ? (varianceAlong(a) + varianceAlong(b)) / total : 0,
  }
}

/** Arbitrary but reproducible direction. */
function arbitraryDirection(seed: number, d: number): Float64Array {
  return Float64Array.from({ length: d }, (_, j) => uniform(seed, j) - 0.5)
}

/** Codes minus their mean. */
function centre({ data, shape: [n, d] }: Latents): Float32Array {
  const mean = new Float64Array(d)
  for (let i = 0; i < data.length; i++) mean[i % d] = (mean[i % d] ?? 0) + (data[i] ?? 0) / n
  return data.map((value, i) => value - (mean[i % d] ?? 0))
}

/** C·x with C = Xᵀ X / n, without forming C: d can be large. */
function covarianceTimes(centred: Float32Array, d: number, x: Float64Array): Float64Array {
  const result = new Float64Array(d)
  const n = centred.length / d
  for (let i = 0; i < n; i++) {
    const row = centred.subarray(i * d, (i + 1) * d)
    const along = dot(row, x) / n
    for (let j = 0; j < d; j++) result[j] = (result[j] ?? 0) + along * (row[j] ?? 0)
  }
  return result
}

/** Component of x orthogonal to e. */
function orthogonalPart(x: Float64Array, e: Float64Array): Float64Array {
  const along = dot(x, e)
  return x.map((value, j) => value - along * (e[j] ?? 0))
}

/** x scaled to norm 1; `otherwise` if x is 0, as for codes that do not vary. */
function normalized(x: Float64Array, otherwise: Float64Array): Float64Array<ArrayBuffer> {
  const norm = Math.sqrt(dot(x, x))
  return norm > 1e-12 ? x.map((value) => value / norm) : Float64Array.from(otherwise)
}

/** Returns e or −e, whichever has a positive largest component, so that the map does not flip. */
function withFixedSign(e: Float64Array): Float64Array {
  const largest = e.reduce((max, value) => (Math.abs(value) > Math.abs(max) ? value : max), 0)
  return largest < 0 ? e.map((value) => -value) : e
}
