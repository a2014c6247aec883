// A study in the words of Optuna's journal: `JournalStorage(JournalFileBackend('study.jsonl'))` opens it. Every line is an
// operation; studies and trials are numbered in the order in which they are created, so that our numbers are Optuna's.
import type { VaeErrorData } from '../errors.js'
import type { Operation } from './journal.js'
import type { Params, Range, Varied } from './options.js'
import type { Trial, TrialLosses, TrialState } from './trial.js'

/** What an operation does. */
export const operation = {
  createStudy: 0,
  setStudyAttribute: 2,
  createTrial: 4,
  setTrialState: 6,
  setIntermediate: 7,
  setTrialAttribute: 8,
} as const

/** Optuna's numbers for states; `waiting` is never written. */
export const states = { running: 0, complete: 1, pruned: 2, failed: 3 } as const satisfies Partial<
  Record<TrialState, number>
>

/** The attribute of a study that holds what this library remembers of it. */
export const planAttribute = 'vae-native'
/** The attribute of a study that holds the trials that were asked for by hand. */
export const addedAttribute = 'added'

const losses = ['loss', 'elbo', 'reconstruction', 'kl'] as const satisfies readonly (keyof TrialLosses)[]

/** Optuna asks who writes; all lines of a process are one worker's. */
const worker = { worker_id: `vae-native-${process.pid}` }
/** The only study of the file. */
const study = { study_id: 0 }

export function createStudy(name: string, direction: 'minimize' | 'maximize'): Operation {
  return { op_code: operation.createStudy, ...worker, study_name: name, directions: [direction === 'minimize' ? 1 : 2] }
}

export function setStudyAttribute(name: string, value: unknown): Operation {
  return { op_code: operation.setStudyAttribute, ...worker, ...study, user_attr: { [name]: value } }
}

/** A trial that runs, whole in one line. */
export function createTrial(trial: Trial, vary: Space): Operation {
  const named = Object.entries(trial.params).map(([name, value]) => {
    const { distribution, internal } = inOptuna(name, vary[name] ?? [value], value)
    return { name, distribution: JSON.stringify(distribution), internal }
  })
  return {
    op_code: operation.createTrial,
    ...worker,
    ...study,
    state: states.running,
    datetime_start: now(),
    distributions: Object.fromEntries(named.map(({ name, distribution }) => [name, distribution])),
    params: Object.fromEntries(named.map(({ name, internal }) => [name, internal])),
    user_attrs: { folder: trial.folder, seed: trial.seed, params: trial.params },
  }
}

export function setIntermediate(trial: number, epoch: number, value: number): Operation {
  return { op_code: operation.setIntermediate, ...worker, trial_id: trial, step: epoch, intermediate_value: value }
}

/** The lines that end a trial. The state is the last of them, as Optuna takes nothing of a trial after it. */
export function endTrial({ number, state, value, losses: measured, error }: Trial): Operation[] {
  const attribute = (name: string, value: unknown): Operation => ({
    op_code: operation.setTrialAttribute,
    ...worker,
    trial_id: number,
    user_attr: { [name]: value },
  })
  return [
    ...(measured ? losses.map((name) => attribute(name, measured[name])) : []),
    ...(error ? [attribute('error', error.toJSON())] : []),
    {
      op_code: operation.setTrialState,
      ...worker,
      trial_id: number,
      state: states[state as keyof typeof states],
      values: value === undefined ? null : [value],
      datetime_complete: now(),
    },
  ]
}

/** A trial's attributes, as the journal tells them. */
export interface Attributes extends Partial<TrialLosses> {
  readonly folder?: string
  readonly seed?: number
  readonly params?: Params
  readonly error?: VaeErrorData
}

/** The losses among the attributes, if all of them are there. */
export function lossesOf(attributes: Attributes): TrialLosses | undefined {
  const { loss, elbo, reconstruction, kl } = attributes
  if (loss === undefined || elbo === undefined || reconstruction === undefined || kl === undefined) return undefined
  return { loss, elbo, reconstruction, kl }
}

/** What is varied, as the record of the plan has it. */
export type Space = Readonly<Record<string, readonly unknown[] | Range>>

/** The options that are whole numbers, as the core reads them. */
const whole: readonly string[] = ['latentDim', 'epochs', 'batchSize'] satisfies Varied[]

/**
 * A dimension as a distribution of Optuna's, and a value of it as the number that stands in the journal. Numbers that are
 * listed become a range from the least to the greatest: what is added by hand may be another.
 */
function inOptuna(
  name: string,
  values: readonly unknown[] | Range,
  value: unknown,
): { distribution: object; internal: number } {
  const numbers = isList(values) ? [...values, value] : [values.low, values.high, value]
  if (numbers.every((number) => typeof number === 'number')) {
    const { log = false, step } = isList(values) ? {} : values
    const isWhole = whole.includes(name)
    const attributes = {
      log,
      step: step ?? (isWhole ? 1 : null),
      low: Math.min(...numbers),
      high: Math.max(...numbers),
    }
    return {
      distribution: { name: isWhole ? 'IntDistribution' : 'FloatDistribution', attributes },
      internal: value as number,
    }
  }
  const choices = isList(values) ? values.map(choice) : [choice(value)]
  const internal = choices.indexOf(choice(value))
  return { distribution: { name: 'CategoricalDistribution', attributes: { choices } }, internal }
}

/** Optuna's choices are words and numbers; of lists and objects it gets the JSON. */
function choice(value: unknown): unknown {
  return typeof value === 'object' ? JSON.stringify(value) : value
}

function isList(values: readonly unknown[] | Range): values is readonly unknown[] {
  return Array.isArray(values)
}

/** As Python before 3.11 reads it too. */
function now(): string {
  return new Date().toISOString().replace('Z', '+00:00')
}
