/** The shapes of distributions in a section: of one example's q(z|x), and of the prior. */
import { standardDeviation } from './draws.js'
import type { Distribution } from './prior.js'
import { dot, type Place, placeOf, type Section } from './projection.js'

/** Corners of a curve that passes for round. */
const corners = 72

/**
 * A closed line around the middle of a distribution with independent dimensions: for a gaussian and a Laplace one μ ± σ
 * as an ellipse, σ the standard deviation; for a uniform one along two dimensions the ends of its intervals.
 *
 * @param of One distribution for each latent dimension.
 * @param deviations How many σ away; ignored where there are ends.
 */
export function outline(of: readonly Distribution[], section: Section, deviations = 1): Place[] {
  const [u, v] = placeOf(
    section,
    of.map(({ location }) => location),
  )
  const { across, up, covariance, along } = extent(of, section)
  if (of[0]?.family === 'uniform' && along) {
    const corner = ([x, y]: Place): Place => [u + x * across * Math.sqrt(3), v + y * up * Math.sqrt(3)]
    return [corner([-1, -1]), corner([1, -1]), corner([1, 1]), corner([-1, 1]), corner([-1, -1])]
  }
  // The ellipse that belongs to the covariance (across², cov; cov, up²): its square root (Cholesky) times a circle.
  const slope = across > 0 ? covariance / across : 0
  const rest = Math.sqrt(Math.max(0, up * up - slope * slope))
  return Array.from({ length: corners + 1 }, (_, k) => {
    const angle = (2 * Math.PI * k) / corners
    const [x, y] = [deviations * Math.cos(angle), deviations * Math.sin(angle)]
    return [u + across * x, v + slope * x + rest * y]
  })
}

/** Standard deviations of a distribution in the directions of a section, and their covariance. */
export interface Extent {
  readonly across: number
  readonly up: number
  readonly covariance: number
  /** Whether the section runs along dimensions. */
  readonly along: boolean
}

/** How wide a distribution with independent dimensions is in a section. */
export function extent(of: readonly Distribution[], { e1, e2 }: Section): Extent {
  const variances = of.map((one) => standardDeviation(one) ** 2)
  const weighed = (e: Float64Array) => e.map((value, j) => value * (variances[j] ?? 0))
  return {
    across: Math.sqrt(dot(e1, weighed(e1))),
    up: Math.sqrt(dot(e2, weighed(e2))),
    covariance: dot(e1, weighed(e2)),
    along: [e1, e2].every((e) => e.every((value) => value === 0 || value === 1)),
  }
}
