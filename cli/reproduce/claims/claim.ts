/** What a claim of the paper is, and how it is judged. */
import { likelihoods, type PaperLikelihood } from '../plan.js'
import { Missing, type Results, type Trial, trial } from '../results.js'

/** A claim, and how it is tried on the runs of one seed. */
export interface Claim {
  /** As the list of claims counts them. */
  readonly number: number
  readonly statement: string
  /** Where the paper makes it. */
  readonly where: string
  /** What is measured. */
  readonly measured: string
  /** What has to be so for the claim to hold: set before the runs. */
  readonly criterion: string
  /** @throws {Missing} if this seed lacks a run. */
  try(trial: Trial): Outcome
  /** What is to be known beside the verdict. */
  note?(results: Results): string
}

/** Figures by name, and whether the claim holds by them. */
export interface Outcome {
  readonly figures: Readonly<Record<string, number>>
  readonly holds: boolean
}

export type Verdict = 'holds' | 'does not hold' | 'depends'

/** A claim with what was found. */
export interface Finding {
  readonly claim: Omit<Claim, 'try' | 'note'>
  /** Of each likelihood: the figures with their spread over seeds, and on how many of the seeds it holds. */
  readonly found: Readonly<Record<PaperLikelihood, Found>>
  readonly verdict: Verdict
  readonly note?: string
}

export interface Found {
  readonly figures: readonly { readonly name: string; readonly values: readonly number[] }[]
  readonly seeds: number
  readonly holding: number
}

/** Tries a claim on every likelihood and seed. */
export function find(claim: Claim, results: Results): Finding {
  const found = {} as Record<PaperLikelihood, Found>
  for (const likelihood of likelihoods) found[likelihood] = tried(claim, results, likelihood)
  const all = Object.values(found)
  const tries = all.reduce((sum, { seeds }) => sum + seeds, 0)
  const holding = all.reduce((sum, one) => sum + one.holding, 0)
  const { try: _, note, ...described } = claim
  return {
    claim: described,
    found,
    verdict: holding === tries ? 'holds' : holding === 0 ? 'does not hold' : 'depends',
    ...(note && { note: note(results) }),
  }
}

function tried(claim: Claim, results: Results, likelihood: PaperLikelihood): Found {
  const outcomes = results.plan.seeds.flatMap((seed) => {
    try {
      return [claim.try(trial(results, likelihood, seed))]
    } catch (error) {
      if (error instanceof Missing) return []
      throw error
    }
  })
  const names = Object.keys(outcomes[0]?.figures ?? {})
  return {
    figures: names.map((name) => ({ name, values: outcomes.map(({ figures }) => figures[name] ?? Number.NaN) })),
    seeds: outcomes.length,
    holding: outcomes.filter(({ holds }) => holds).length,
  }
}

/** How many claims came to each verdict: `9 hold · 3 do not · 4 depend`. */
export function tally(findings: readonly Finding[]): string {
  const of = (verdict: Finding['verdict']) => findings.filter((one) => one.verdict === verdict).length
  return `${of('holds')} hold · ${of('does not hold')} do not · ${of('depends')} depend`
}
