/** The two directions in which codes vary most. Letters: n codes, d latent dimensions. */
import type { Latents } from '../../index.js'
import { uniform } from './draws.js'
import { columnVariances } from './prior.js'
import { dot } from './projection.js'

/** Principal directions. */
export interface Principal {
  /** At right angles, norm 1, length d each; the first carries more. */
  readonly directions: readonly [Float64Array, Float64Array]
  /** How much of the codes' variance the two carry together. */
  readonly share: number
}

/** Directions that are still not found after so many rounds carry almost the same, and either will do. */
const mostRounds = 60
/** Found: 1 − cos of the angle that a round turns them by is less. */
const tolerance = 1e-10

/** The principal directions of codes (n, d), d ≥ 2, by orthogonal iteration. */
export function principal(means: Latents): Principal {
  const [, d] = means.shape
  const variances = columnVariances(means.data, d)
  const centred = centre(means)
  // From anywhere: a start that is itself at a right angle to what is looked for would never find it.
  let [a, b] = [anywhere(1, d), anywhere(2, d)]
  for (let round = 0; round < mostRounds; round++) {
    const nextA = normed(covarianceTimes(centred, d, a), a)
    const nextB = normed(without(covarianceTimes(centred, d, b), nextA), b)
    const turned = Math.max(1 - Math.abs(dot(a, nextA)), 1 - Math.abs(dot(b, nextB)))
    a = nextA
    b = nextB
    if (turned < tolerance) break
  }
  const total = variances.reduce((sum, variance) => sum + variance, 0)
  const carried = (e: Float64Array) => dot(e, covarianceTimes(centred, d, e))
  return { directions: [facing(a), facing(b)], share: total > 0 ? (carried(a) + carried(b)) / total : 0 }
}

/** A direction that is the same every time, and otherwise like any other. */
function anywhere(seed: number, d: number): Float64Array {
  return Float64Array.from({ length: d }, (_, j) => uniform(seed, j) - 0.5)
}

/** The codes about their mean. */
function centre({ data, shape: [n, d] }: Latents): Float32Array {
  const mean = new Float64Array(d)
  for (let i = 0; i < data.length; i++) mean[i % d] = (mean[i % d] ?? 0) + (data[i] ?? 0) / n
  return data.map((value, i) => value - (mean[i % d] ?? 0))
}

/** C·x with C = Xᵀ X / n, which is never written out: d can be large. */
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

/** What of x is at a right angle to e. */
function without(x: Float64Array, e: Float64Array): Float64Array {
  const along = dot(x, e)
  return x.map((value, j) => value - along * (e[j] ?? 0))
}

/** x with norm 1; codes that do not vary leave the direction as it was. */
function normed(x: Float64Array, otherwise: Float64Array): Float64Array<ArrayBuffer> {
  const norm = Math.sqrt(dot(x, x))
  return norm > 1e-12 ? x.map((value) => value / norm) : Float64Array.from(otherwise)
}

/** A direction and its opposite are one: the one whose largest part is positive, so that the map does not flip. */
function facing(e: Float64Array): Float64Array {
  const largest = e.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)
  return largest < 0 ? e.map((value) => -value) : e
}
