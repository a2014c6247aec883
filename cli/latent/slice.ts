/** Planar slice through latent space, drawn as the map. Letters: n codes, d latent dimensions. */
import type { Latents } from '../../index.js'

/** Point in the slice: coordinates across and up. */
export type Point2 = readonly [u: number, v: number]

/** Plane of all z = origin + u·e₁ + v·e₂. */
export interface Slice {
  /** z at (0, 0); length d. */
  readonly origin: Float64Array
  /** Direction across: length d, norm 1. */
  readonly e1: Float64Array
  /** Direction upwards, orthogonal to e₁; zeros for a model with one latent dimension. */
  readonly e2: Float64Array
  /** Names of the axes: `z₀`, `z₁`. */
  readonly names: readonly [across: string, up: string]
}

/** Codes projected onto a slice. */
export interface Projection {
  readonly u: Float64Array
  readonly v: Float64Array
  /** Squared distance of each code from the slice. */
  readonly off: Float64Array
}

/** Returns the slice through z along e₁ and e₂, with coordinates u = z·e₁ and v = z·e₂. */
export function sliceThrough(z: ArrayLike<number>, e1: Float64Array, e2: Float64Array, names: Slice['names']): Slice {
  const [u, v] = [dot(z, e1), dot(z, e2)]
  return { origin: e1.map((e, j) => (z[j] ?? 0) - u * e - v * (e2[j] ?? 0)), e1, e2, names }
}

/** Returns the slice through z along two latent dimensions, or along one. */
export function alongDimensions(z: ArrayLike<number>, across: number, up?: number): Slice {
  const names = [dimensionName(across), up === undefined ? '' : dimensionName(up)] as const
  return sliceThrough(z, unit(z.length, across), unit(z.length, up), names)
}

/** Returns z at a point of the slice. */
export function zAt({ origin, e1, e2 }: Slice, [u, v]: Point2): number[] {
  return Array.from(origin, (z, j) => z + u * (e1[j] ?? 0) + v * (e2[j] ?? 0))
}

/** Returns the point of the slice nearest to z. */
export function pointOf({ e1, e2 }: Slice, z: ArrayLike<number>): Point2 {
  return [dot(z, e1), dot(z, e2)]
}

/** Projects codes (n, d) onto the slice. */
export function project({ origin, e1, e2 }: Slice, { data, shape: [n, d] }: Latents): Projection {
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

/** Name of a dimension: `z₁₂`. */
export function dimensionName(dimension: number): string {
  return `z${String(dimension).replace(/\d/g, (digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)] ?? '')}`
}

/** Unit vector of a dimension; zeros if undefined. */
function unit(d: number, dimension?: number): Float64Array {
  return Float64Array.from({ length: d }, (_, j) => (j === dimension ? 1 : 0))
}

/** Dot product a · b. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += (a[j] ?? 0) * (b[j] ?? 0)
  return sum
}
