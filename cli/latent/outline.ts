/** Outlines of distributions in a slice: of an example's q(z|x) and of the prior. */

import type { Distribution } from './distribution.js'
import { standardDeviation } from './distribution.js'
import { dot, type Point2, pointOf, type Slice } from './slice.js'

/** Vertices of an ellipse, enough to look round. */
const vertices = 72

/**
 * Closed line around the mean of a distribution with independent dimensions: the ellipse μ ± σ for Gaussian and
 * Laplace, with σ the standard deviation; the ends of the intervals for a uniform one along two dimensions.
 *
 * @param of One distribution for each latent dimension.
 * @param deviations Number of σ; ignored for interval ends.
 */
export function outline(of: readonly Distribution[], slice: Slice, deviations = 1): Point2[] {
  const [u, v] = pointOf(
    slice,
    of.map(({ location }) => location),
  )
  const { across, up, covariance, axisAligned } = extent(of, slice)
  if (of[0]?.family === 'uniform' && axisAligned) {
    const corner = ([x, y]: Point2): Point2 => [u + x * across * Math.sqrt(3), v + y * up * Math.sqrt(3)]
    return [corner([-1, -1]), corner([1, -1]), corner([1, 1]), corner([-1, 1]), corner([-1, -1])]
  }
  // Ellipse of the covariance (across², cov; cov, up²): its Cholesky factor times a circle.
  const slope = across > 0 ? covariance / across : 0
  const rest = Math.sqrt(Math.max(0, up * up - slope * slope))
  return Array.from({ length: vertices + 1 }, (_, k) => {
    const angle = (2 * Math.PI * k) / vertices
    const [x, y] = [deviations * Math.cos(angle), deviations * Math.sin(angle)]
    return [u + across * x, v + slope * x + rest * y]
  })
}

/** Standard deviations of a distribution along the two directions of a slice, and their covariance. */
export interface Extent {
  readonly across: number
  readonly up: number
  readonly covariance: number
  /** True if the slice runs along latent dimensions. */
  readonly axisAligned: boolean
}

/** Extent of a distribution with independent dimensions in a slice. */
export function extent(of: readonly Distribution[], { e1, e2 }: Slice): Extent {
  const variances = of.map((one) => standardDeviation(one) ** 2)
  const weighted = (e: Float64Array) => e.map((value, j) => value * (variances[j] ?? 0))
  return {
    across: Math.sqrt(dot(e1, weighted(e1))),
    up: Math.sqrt(dot(e2, weighted(e2))),
    covariance: dot(e1, weighted(e2)),
    axisAligned: [e1, e2].every((e) => e.every((value) => value === 0 || value === 1)),
  }
}
