/** A flat section through latent space: what the map shows of it. Letters: n codes, d latent dimensions. */
import type { Latents } from '../../index.js'

/** A place in the section: how far across and how far up. */
export type Place = readonly [u: number, v: number]

/** Every z = origin + u·e₁ + v·e₂. */
export interface Section {
  /** z at (0, 0); length d. */
  readonly origin: Float64Array
  /** Across: length d, norm 1. */
  readonly e1: Float64Array
  /** Upwards, at a right angle to e₁; of a model with one latent dimension zeros. */
  readonly e2: Float64Array
  /** What is across and what is upwards: `z₀`, `z₁`. */
  readonly names: readonly [across: string, up: string]
}

/** Codes seen from a section. */
export interface Projection {
  readonly u: Float64Array
  readonly v: Float64Array
  /** The square of how far each lies off the section. */
  readonly off: Float64Array
}

/** The section through z along e₁ and e₂, in which a place's coordinates are those of z in these directions. */
export function sectionThrough(
  z: ArrayLike<number>,
  e1: Float64Array,
  e2: Float64Array,
  names: Section['names'],
): Section {
  const [u, v] = [dot(z, e1), dot(z, e2)]
  return { origin: e1.map((e, j) => (z[j] ?? 0) - u * e - v * (e2[j] ?? 0)), e1, e2, names }
}

/** The section through z that two of the dimensions span; where there is no second, one of them. */
export function alongDimensions(z: ArrayLike<number>, across: number, up?: number): Section {
  const names = [dimensionName(across), up === undefined ? '' : dimensionName(up)] as const
  return sectionThrough(z, unit(z.length, across), unit(z.length, up), names)
}

/** z at a place of the section. */
export function zAt({ origin, e1, e2 }: Section, [u, v]: Place): number[] {
  return Array.from(origin, (z, j) => z + u * (e1[j] ?? 0) + v * (e2[j] ?? 0))
}

/** The place of the section that is nearest to z. */
export function placeOf({ e1, e2 }: Section, z: ArrayLike<number>): Place {
  return [dot(z, e1), dot(z, e2)]
}

/** Where codes stand, (n, d), as seen from the section. */
export function projected({ origin, e1, e2 }: Section, { data, shape: [n, d] }: Latents): Projection {
  const [u, v, off] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)]
  for (let i = 0; i < n; i++) {
    const z = data.subarray(i * d, (i + 1) * d)
    const [zu, zv] = [dot(z, e1), dot(z, e2)]
    let squares = 0
    for (let j = 0; j < d; j++) squares += ((z[j] ?? 0) - (origin[j] ?? 0) - zu * (e1[j] ?? 0) - zv * (e2[j] ?? 0)) ** 2
    u[i] = zu
    v[i] = zv
    off[i] = squares
  }
  return { u, v, off }
}

/** `z₁₂`. */
export function dimensionName(dimension: number): string {
  return `z${String(dimension).replace(/\d/g, (digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)] ?? '')}`
}

/** The direction of one dimension of d; of none, zeros. */
function unit(d: number, dimension?: number): Float64Array {
  return Float64Array.from({ length: d }, (_, j) => (j === dimension ? 1 : 0))
}

/** a · b. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += (a[j] ?? 0) * (b[j] ?? 0)
  return sum
}
