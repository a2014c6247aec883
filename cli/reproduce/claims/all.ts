import type { Results } from '../results.js'
import { type Claim, evaluateClaim, type Finding } from './claim.js'
import { imageClaims } from './images.js'
import { latentClaims } from './latent-space.js'
import { objectiveClaims } from './objective.js'

/** All claims, in order of their numbers. */
export const claims: readonly Claim[] = [...latentClaims, ...imageClaims, ...objectiveClaims].sort(
  (a, b) => a.number - b.number,
)

/** Evaluates all claims. */
export function evaluateClaims(results: Results): Finding[] {
  return claims.map((claim) => evaluateClaim(claim, results))
}
