import type { Results } from '../results.js'
import { type Claim, type Finding, find } from './claim.js'
import { imageClaims } from './images.js'
import { latentClaims } from './latent-space.js'
import { objectiveClaims } from './objective.js'

/** The sixteen claims, in their order. */
export const claims: readonly Claim[] = [...latentClaims, ...imageClaims, ...objectiveClaims].sort(
  (a, b) => a.number - b.number,
)

/** Judges all of them. */
export function judgeClaims(results: Results): Finding[] {
  return claims.map((claim) => find(claim, results))
}
