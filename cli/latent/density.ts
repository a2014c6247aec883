/**
 * How much of the codes is where: q(z) = 1/n Σ q(z|xᵢ), which is what the decoder was trained on, beside the prior p(z),
 * which is what samples are drawn from. Letters: n examples, d latent dimensions.
 */

import { type Codes, spreadOf } from './codes.js'
import { draw } from './draws.js'
import type { Distribution } from './prior.js'

/** Draws that places are compared with; fewer where they would take long. */
const mostDraws = 256
/** Terms ln q(z_j|xᵢ) that comparing may take: some tens of milliseconds. */
const mostTerms = 2e7

/** q(z) is low where it is lower than at all but this share of its own draws. */
const rare = 0.02
/** The prior reaches as far as p(z) is higher than at this share of its draws. */
const beyond = 0.05

/**
 * What a place is: among the codes; a hole, where the prior draws z but next to no code is; or outside, where samples do
 * not come from either. An autoencoder has no prior, and so no holes.
 */
export type Where = 'among' | 'hole' | 'outside'

export class Density {
  readonly #n: number
  readonly #d: number
  /** Of component i in dimension j at i·d + j. */
  readonly #locations: Float64Array
  readonly #scales: Float64Array
  /** The part of ln q(z|xᵢ) that z has no part in, for each i. */
  readonly #constants: Float64Array
  readonly #family: Distribution['family']
  readonly #priors: readonly Distribution[]
  /** ln q at draws of q from another component, in order. */
  readonly #levels: Float64Array
  /** The ln p that one in twenty draws of the prior has less than. */
  readonly #reach: number

  /** `prior` is that of each dimension, where there is one. */
  constructor(codes: Codes, prior?: Distribution) {
    const [n, d] = codes.means.shape
    const spread = spreadOf(codes)
    this.#n = n
    this.#d = d
    this.#locations = new Float64Array(n * d)
    this.#scales = new Float64Array(n * d)
    this.#constants = new Float64Array(n)
    const components = Array.from({ length: n }, (_, i) => spread(i))
    for (const [i, component] of components.entries())
      for (const [j, { location, scale }] of component.entries()) {
        this.#locations[i * d + j] = location
        this.#scales[i * d + j] = scale
      }
    this.#family = components[0]?.[0]?.family ?? 'gaussian'
    for (const [i, component] of components.entries())
      this.#constants[i] = component.reduce((sum, { scale }) => sum - Math.log(scale) + peak[this.#family], 0)
    this.#priors = prior === undefined ? [] : new Array<Distribution>(d).fill(prior)
    this.#levels = this.#ownLevels(components)
    this.#reach = this.#priorReach()
  }

  /** ln p(z), where there is a prior. */
  prior(z: readonly number[]): number | undefined {
    if (this.#priors.length === 0) return undefined
    return this.#priors.reduce((sum, { family, location, scale }, j) => {
      return sum + fall(family, ((z[j] ?? 0) - location) / scale) - Math.log(scale) + peak[family]
    }, 0)
  }

  /** ln q(z); `without` leaves one example out. */
  codes(z: readonly number[], without = -1): number {
    const terms = new Float64Array(this.#n)
    let most = Number.NEGATIVE_INFINITY
    for (let i = 0; i < this.#n; i++) {
      let sum = i === without ? Number.NEGATIVE_INFINITY : (this.#constants[i] ?? 0)
      for (let j = 0, at = i * this.#d; j < this.#d; j++, at++)
        sum += fall(this.#family, ((z[j] ?? 0) - (this.#locations[at] ?? 0)) / (this.#scales[at] ?? 1))
      terms[i] = sum
      if (sum > most) most = sum
    }
    if (most === Number.NEGATIVE_INFINITY) return most
    return most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0) / this.#n)
  }

  /**
   * The share of draws of q at which q is lower than here: 0 far from all codes, 1 where they are densest. A draw is looked
   * at without the example that it is drawn for, as z is one that the codes do not know. NaN without codes.
   */
  percentile(z: readonly number[]): number {
    const here = this.codes(z)
    return this.#levels.filter((level) => level < here).length / this.#levels.length
  }

  /** What kind of place z is; `percentile` is what that is there. */
  where(z: readonly number[], percentile: number): Where {
    if (!(percentile < rare)) return 'among'
    const prior = this.prior(z)
    return prior !== undefined && prior >= this.#reach ? 'hole' : 'outside'
  }

  #ownLevels(components: readonly (readonly Distribution[])[]): Float64Array {
    const n = components.length
    if (n < 2) return new Float64Array()
    const draws = Math.min(n, mostDraws, Math.max(64, Math.floor(mostTerms / (n * this.#d))))
    return Float64Array.from({ length: draws }, (_, k) => {
      const i = Math.floor((k * n) / draws)
      const z = (components[i] ?? []).map((of, j) => draw(of, i, j))
      return this.codes(z, i)
    }).sort()
  }

  #priorReach(): number {
    const levels = Float64Array.from({ length: this.#priors.length === 0 ? 0 : mostDraws }, (_, k) => {
      return this.prior(this.#priors.map((of, j) => draw(of, k, j))) ?? 0
    }).sort()
    return levels[Math.floor(beyond * levels.length)] ?? 0
  }
}

/** ln of the highest density of each family at scale 1. */
const peak = { gaussian: -0.5 * Math.log(2 * Math.PI), laplace: -Math.LN2, uniform: -Math.LN2 } as const

/** By how much ln of the density is lower so many scales away from the middle. */
function fall(family: Distribution['family'], away: number): number {
  if (family === 'gaussian') return -0.5 * away * away
  if (family === 'laplace') return -Math.abs(away)
  return Math.abs(away) <= 1 ? 0 : Number.NEGATIVE_INFINITY
}
