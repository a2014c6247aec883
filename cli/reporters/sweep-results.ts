/** Result files of a sweep. They hold no times: sweeps with equal results write equal bytes. */
import { basename, join } from 'node:path'
import type { Sweep, Trial } from '../../index.js'
import { csv, writeAtomically } from '../base/files.js'
import { toJson } from '../base/output.js'
import { nameOf, valueText } from '../flags/vary.js'
import { studyFiles } from '../runs/sweep-plan.js'

const lossNames = ['elbo', 'loss', 'reconstruction', 'kl'] as const

/** One row per ended trial, by number. */
function resultsCsv(trials: readonly Trial[]): string {
  const names = [...new Set(trials.flatMap(({ params }) => Object.keys(params)))]
  const header = ['trial', 'state', ...names.map(nameOf), 'seed', 'epochs', ...lossNames, 'error']
  const row = (trial: Trial) => [
    trial.number,
    trial.state,
    ...names.map((name) => valueText(name, trial.params[name as keyof Trial['params']])),
    trial.seed,
    trial.intermediate.length,
    ...lossNames.map((loss) => trial.losses?.[loss] ?? ''),
    trial.error?.message ?? '',
  ]
  return csv(header, endedTrials(trials).map(row))
}

/** The same with the value after every epoch, the best trial and the Pareto front. */
function resultsJson({ best, pareto, plan, trials }: Pick<Sweep, 'best' | 'pareto' | 'plan' | 'trials'>): string {
  const { objective } = plan
  const front = pareto.map(({ number }) => number)
  return `${toJson({ objective, best: best?.number ?? null, pareto: front, trials: endedTrials(trials).map(toResult) })}\n`
}

/** A trial with a fixed order of keys, whether trained or read; `folder` is relative to the study. */
function toResult({ number, state, params, seed, value, losses, intermediate, error, folder }: Trial): object {
  const values = intermediate.map(({ epoch, value }) => [epoch, value])
  const measured = losses && Object.fromEntries(lossNames.map((name) => [name, losses[name]]))
  return {
    number,
    state,
    params,
    seed,
    value,
    losses: measured,
    intermediate: values,
    error,
    folder: `trials/${basename(folder)}`,
  }
}

/** Keeps both result files of a sweep up to date. */
export class ResultFiles {
  readonly #sweep: Sweep
  #lastWrite: Promise<void> = Promise.resolve()

  constructor(sweep: Sweep) {
    this.#sweep = sweep
  }

  /** Rewrites them, once the previous write is done. */
  write(): Promise<void> {
    this.#lastWrite = this.#lastWrite.then(async () => {
      const { out, trials } = this.#sweep
      await writeAtomically(join(out, studyFiles.csv), resultsCsv(trials))
      await writeAtomically(join(out, studyFiles.json), resultsJson(this.#sweep))
    })
    return this.#lastWrite
  }
}

function endedTrials(trials: readonly Trial[]): Trial[] {
  return trials.filter(({ state }) => state !== 'waiting' && state !== 'running')
}
