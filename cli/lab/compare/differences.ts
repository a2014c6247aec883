/** Options that differ between runs. */
import { type Beta, type LearningRate, optionTable, type TrainOptions } from '../../../index.js'
import { weight } from '../../charts/format.js'
import { betaText } from '../../flags/beta.js'
import { learningRateText } from '../../flags/learning-rate.js'
import { likelihoodName } from '../../reporters/summary.js'
import type { LabRun } from '../state/lab-run.js'
import { betaNow } from '../views/run-list.js'

/** Option that differs. */
export interface Difference {
  readonly option: keyof TrainOptions
  /** Short name: `β`, `d`; empty if the values explain themselves. */
  readonly name: string
  /** Value of a run, as short text; empty before the run begins. */
  of(run: LabRun): string
}

/** Options left out: a run can change them and no sweep varies them, such as its folder, threads and probes. */
const ignoredOptions: ReadonlySet<string> = new Set(
  optionTable
    .filter(({ change, sweep }) => sweep === undefined && change !== 'never' && change !== 'on-fork')
    .map(({ name }) => name),
)

/** Short names of options, in display order. */
const names: Partial<Record<keyof TrainOptions, string>> = {
  beta: 'β',
  latentDim: 'd',
  hiddenDims: 'hidden',
  likelihood: '',
  posterior: '',
  activation: '',
  initialization: '',
  learningRate: 'η',
  batchSize: 'batch',
  epochs: 'epochs',
  estimator: '',
  keep: 'keep',
}

/** Returns the options that differ between these runs: named ones first, the seed last. */
export function differing(runs: readonly LabRun[]): Difference[] {
  const begun = runs.filter((run) => run.history.start !== undefined)
  const options = new Set(begun.flatMap(({ history }) => Object.keys(history.start?.options ?? {})))
  const order = [...Object.keys(names), ...options].filter((option) => option !== 'seed')
  return [...new Set([...order, 'seed'])]
    .filter((option) => options.has(option) && !ignoredOptions.has(option))
    .map((option) => difference(option as keyof TrainOptions))
    .filter(({ of }) => new Set(begun.map(of)).size > 1)
}

/** Returns `β 5 · d 10 · seed 2` for each run; empty if nothing differs. */
export function differences(runs: readonly LabRun[]): Map<LabRun, string> {
  const all = differing(runs)
  return new Map(runs.map((run) => [run, differencesText(run, all)]))
}

/** Text of a run's values of these options. */
export function differencesText(run: LabRun, all: readonly Difference[]): string {
  const values = all.map(({ name, of }) => [name, of(run)] as const).filter(([, value]) => value !== '')
  return values.map(([name, value]) => (name === '' ? value : `${name} ${value}`)).join(' · ')
}

function difference(option: keyof TrainOptions): Difference {
  return {
    option,
    name: names[option] ?? option,
    of: (run) => (run.history.start === undefined ? '' : optionText(run, option)),
  }
}

function optionText(run: LabRun, option: keyof TrainOptions): string {
  const { start } = run.history
  const value = start?.options[option]
  if (value === undefined || value === null) return 'none'
  // The current β of a rule does not identify the rule.
  if (option === 'beta') return typeof value === 'number' ? betaNow(run) : betaText(value as Beta)
  if (option === 'learningRate' && typeof value !== 'number') return learningRateText(value as LearningRate)
  if (option === 'likelihood') return likelihoodName(start?.options.likelihood)
  if (Array.isArray(value)) return value.length === 0 ? 'linear' : value.join('-')
  if (typeof value === 'number') return weight(value)
  if (typeof value !== 'object') return String(value)
  // `score-function samples 1`, `location 0 scale 2`.
  const parts = Object.entries(value).filter(([, part]) => part !== null)
  return parts.map(([key, part]) => (key === 'type' ? part : `${key} ${JSON.stringify(part)}`)).join(' ')
}
