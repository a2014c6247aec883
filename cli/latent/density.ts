/**
 * Density of the codes: q(z) = 1/n Σ q(z|xᵢ), on which the decoder was trained, and the prior p(z), from which samples
 * are drawn. Letters: n examples, d latent dimensions.
 */

import { type Codes, componentsOf } from './codes.js'
import type { Distribution } from './distribution.js'
import { draw } from './draws.js'

/** Maximum number of reference draws; fewer if `maxTerms` would be exceeded. */
const maxDraws = 256
/** Maximum number of terms ln q(z_j|xᵢ) for the reference draws: some tens of milliseconds. */
const maxTerms = 2e7

/** Percentile below which q(z) counts as low. */
const lowPercentile = 0.02
/** Quantile of p(z) over its own draws that bounds the prior's reach. */
const reachQuantile = 0.05

/**
 * Kind of point: among the codes; a hole, which the prior draws but almost no code covers; or outside both. An
 * autoencoder has no prior, and so no holes.
 */
export type DensityClass = 'among' | 'hole' | 'outside'

export class Density {
  readonly #n: number
  readonly #d: number
  /** Location of component i in dimension j, at index i·d + j. */
  readonly #locations: Float64Array
  readonly #scales: Float64Array
  /** Terms of ln q(z|xᵢ) that do not depend on z, for each i. */
  readonly #constants: Float64Array
  readonly #family: Distribution['family']
  readonly #priors: readonly Distribution[]
  /** ln q at draws of q, each without its own component, ascending. */
  readonly #levels: Float64Array
  /** 5 % quantile of ln p over draws of the prior. */
  readonly #reach: number

  /** @param prior Prior of each dimension; undefined for an autoencoder. */
  constructor(codes: Codes, prior?: Distribution) {
    const [n, d] = codes.means.shape
    const componentOf = componentsOf(codes)
    this.#n = n
    this.#d = d
    this.#locations = new Float64Array(n * d)
    this.#scales = new Float64Array(n * d)
    this.#constants = new Float64Array(n)
    const components = Array.from({ length: n }, (_, i) => componentOf(i))
    for (const [i, component] of components.entries())
      for (const [j, { location, scale }] of component.entries()) {
        this.#locations[i * d + j] = location
        this.#scales[i * d + j] = scale
      }
    this.#family = components[0]?.[0]?.family ?? 'gaussian'
    for (const [i, component] of components.entries())
      this.#constants[i] = component.reduce((sum, { scale }) => sum - Math.log(scale) + peak[this.#family], 0)
    this.#priors = prior === undefined ? [] : new Array<Distribution>(d).fill(prior)
    this.#levels = this.#referenceLevels(components)
    this.#reach = this.#priorReach()
  }

  /** Returns ln p(z); undefined without a prior. */
  logPrior(z: readonly number[]): number | undefined {
    if (this.#priors.length === 0) return undefined
    return this.#priors.reduce((sum, { family, location, scale }, j) => {
      return sum + relativeLogDensity(family, ((z[j] ?? 0) - location) / scale) - Math.log(scale) + peak[family]
    }, 0)
  }

  /** Returns ln q(z); `without` is the index of an example to leave out. */
  logDensity(z: readonly number[], without = -1): number {
    const terms = new Float64Array(this.#n)
    let max = Number.NEGATIVE_INFINITY
    for (let i = 0; i < this.#n; i++) {
      let sum = i === without ? Number.NEGATIVE_INFINITY : (this.#constants[i] ?? 0)
      for (let j = 0, at = i * this.#d; j < this.#d; j++, at++)
        sum += relativeLogDensity(this.#family, ((z[j] ?? 0) - (this.#locations[at] ?? 0)) / (this.#scales[at] ?? 1))
      terms[i] = sum
      if (sum > max) max = sum
    }
    if (max === Number.NEGATIVE_INFINITY) return max
    return max + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - max), 0) / this.#n)
  }

  /**
   * Returns the share of draws of q at which q is lower than at z: 0 far from all codes, 1 where they are densest. Each
   * draw is evaluated without its own example, because no example produced z. NaN without codes.
   */
  percentile(z: readonly number[]): number {
    const here = this.logDensity(z)
    return this.#levels.filter((level) => level < here).length / this.#levels.length
  }

  /** Classifies z; `percentile` is that of z. */
  classify(z: readonly number[], percentile: number): DensityClass {
    if (!(percentile < lowPercentile)) return 'among'
    const prior = this.logPrior(z)
    return prior !== undefined && prior >= this.#reach ? 'hole' : 'outside'
  }

  #referenceLevels(components: readonly (readonly Distribution[])[]): Float64Array {
    const n = components.length
    if (n < 2) return new Float64Array()
    const draws = Math.min(n, maxDraws, Math.max(64, Math.floor(maxTerms / (n * this.#d))))
    return Float64Array.from({ length: draws }, (_, k) => {
      const i = Math.floor((k * n) / draws)
      const z = (components[i] ?? []).map((of, j) => draw(of, i, j))
      return this.logDensity(z, i)
    }).sort()
  }

  #priorReach(): number {
    const levels = Float64Array.from({ length: this.#priors.length === 0 ? 0 : maxDraws }, (_, k) => {
      return this.logPrior(this.#priors.map((of, j) => draw(of, k, j))) ?? 0
    }).sort()
    return levels[Math.floor(reachQuantile * levels.length)] ?? 0
  }
}

/** Log density of each family at its mode, for scale 1. */
const peak = { gaussian: -0.5 * Math.log(2 * Math.PI), laplace: -Math.LN2, uniform: -Math.LN2 } as const

/** Log density relative to the mode, at `distance` scales from the location. */
function relativeLogDensity(family: Distribution['family'], distance: number): number {
  if (family === 'gaussian') return -0.5 * distance * distance
  if (family === 'laplace') return -Math.abs(distance)
  return Math.abs(distance) <= 1 ? 0 : Number.NEGATIVE_INFINITY
}
