/** The results of a sweep as files. They hold no times: two sweeps that came out the same have the same bytes. */
import { basename, join } from 'node:path'
import type { Sweep, Trial } from '../../index.js'
import { csv, writeWhole } from '../base/files.js'
import { toJson } from '../base/output.js'
import { nameOf, valueText } from '../flags/vary.js'
import { studyFiles } from '../runs/sweep-plan.js'

const lossNames = ['elbo', 'loss', 'reconstruction', 'kl'] as const

/** One row for each trial that has ended, by their numbers. */
export function resultsCsv(trials: readonly Trial[]): string {
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
  return csv(header, ended(trials).map(row))
}

/** The same with the value after every epoch, the best trial and the front. */
export function resultsJson({
  best,
  pareto,
  plan,
  trials,
}: Pick<Sweep, 'best' | 'pareto' | 'plan' | 'trials'>): string {
  const { objective } = plan
  const front = pareto.map(({ number }) => number)
  return `${toJson({ objective, best: best?.number ?? null, pareto: front, trials: ended(trials).map(inOrder) })}\n`
}

/** A trial's facts in one order, whether it was trained or read; its folder within the study's. */
function inOrder({ number, state, params, seed, value, losses, intermediate, error, folder }: Trial): object {
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

/** Keeps both files of a sweep as new as its trials. */
export class ResultFiles {
  readonly #sweep: Sweep
  #written: Promise<void> = Promise.resolve()

  constructor(sweep: Sweep) {
    this.#sweep = sweep
  }

  /** Writes them anew, after the last time. */
  write(): Promise<void> {
    this.#written = this.#written.then(async () => {
      const { out, trials } = this.#sweep
      await writeWhole(join(out, studyFiles.csv), resultsCsv(trials))
      await writeWhole(join(out, studyFiles.json), resultsJson(this.#sweep))
    })
    return this.#written
  }
}

function ended(trials: readonly Trial[]): Trial[] {
  return trials.filter(({ state }) => state !== 'waiting' && state !== 'running')
}
