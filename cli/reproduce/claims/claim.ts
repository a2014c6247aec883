/** Claims of the paper, and their evaluation. */
import { likelihoods, type PaperLikelihood } from '../plan.js'
import { type ExperimentRun, MissingRun, type Results, selectRuns } from '../results.js'

/** Claim of the paper with its test on the runs of one seed. */
export interface Claim {
  /** Number in the list of claims. */
  readonly number: number
  readonly statement: string
  /** Place in the paper. */
  readonly where: string
  /** Measured quantities. */
  readonly measured: string
  /** Condition for the claim to hold, fixed before the runs. */
  readonly criterion: string
  /**
   * Evaluates the claim.
   *
   * @throws {MissingRun} if this seed lacks a run.
   */
  evaluate(trial: ExperimentRun): Outcome
  /** Returns a remark on the verdict. */
  note?(results: Results): string
}

/** Figures by name, and the resulting verdict. */
export interface Outcome {
  readonly figures: Readonly<Record<string, number>>
  readonly holds: boolean
}

export type Verdict = 'holds' | 'does not hold' | 'depends'

/** Claim with its results. */
export interface Finding {
  readonly claim: Omit<Claim, 'evaluate' | 'note'>
  /** Results per likelihood: figures over seeds, and the number of seeds on which the claim holds. */
  readonly found: Readonly<Record<PaperLikelihood, LikelihoodFinding>>
  readonly verdict: Verdict
  readonly note?: string
}

export interface LikelihoodFinding {
  readonly figures: readonly { readonly name: string; readonly values: readonly number[] }[]
  readonly seeds: number
  readonly holding: number
}

/** Evaluates a claim on every likelihood and seed. */
export function evaluateClaim(claim: Claim, results: Results): Finding {
  const found = {} as Record<PaperLikelihood, LikelihoodFinding>
  for (const likelihood of likelihoods) found[likelihood] = evaluateSeeds(claim, results, likelihood)
  const all = Object.values(found)
  const seedCount = all.reduce((sum, { seeds }) => sum + seeds, 0)
  const holding = all.reduce((sum, one) => sum + one.holding, 0)
  const { evaluate: _, note, ...claimText } = claim
  return {
    claim: claimText,
    found,
    verdict: holding === seedCount ? 'holds' : holding === 0 ? 'does not hold' : 'depends',
    ...(note && { note: note(results) }),
  }
}

function evaluateSeeds(claim: Claim, results: Results, likelihood: PaperLikelihood): LikelihoodFinding {
  const outcomes = results.plan.seeds.flatMap((seed) => {
    try {
      return [claim.evaluate(selectRuns(results, likelihood, seed))]
    } catch (error) {
      if (error instanceof MissingRun) return []
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

/** Counts of the verdicts: `9 hold · 3 do not · 4 depend`. */
export function countVerdicts(findings: readonly Finding[]): string {
  const of = (verdict: Finding['verdict']) => findings.filter((one) => one.verdict === verdict).length
  return `${of('holds')} hold · ${of('does not hold')} do not · ${of('depends')} depend`
}
