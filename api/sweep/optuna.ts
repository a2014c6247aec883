// A study in the format of Optuna's journal: `JournalStorage(JournalFileBackend('study.jsonl'))` opens it. Every line
// is an operation; studies and trials are numbered in order of creation, so that our numbers are Optuna's.
import type { VaeErrorData } from '../errors.js'
import type { Operation } from './journal.js'
import type { Params, Range, Varied } from './options.js'
import type { Trial, TrialLosses, TrialState } from './trial.js'

/** Operation codes. */
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

/** Attribute of a study that stores this library's plan of it. */
export const planAttribute = 'vae-native'
/** Attribute of a study that stores the trials added by hand. */
export const addedAttribute = 'added'

const losses = ['loss', 'elbo', 'reconstruction', 'kl'] as const satisfies readonly (keyof TrialLosses)[]

/** Writer of the lines, which Optuna requires; one worker per process. */
const worker = { worker_id: `vae-native-${process.pid}` }
/** The only study of the file. */
const study = { study_id: 0 }

export function createStudy(name: string, direction: 'minimize' | 'maximize'): Operation {
  return { op_code: operation.createStudy, ...worker, study_name: name, directions: [direction === 'minimize' ? 1 : 2] }
}

export function setStudyAttribute(name: string, value: unknown): Operation {
  return { op_code: operation.setStudyAttribute, ...worker, ...study, user_attr: { [name]: value } }
}

/** Line that creates a running trial, complete. */
export function createTrial(trial: Trial, vary: Space): Operation {
  const named = Object.entries(trial.params).map(([name, value]) => {
    const { distribution, internal } = toOptuna(name, vary[name] ?? [value], value)
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

/** Lines that end a trial. The state is the last, because Optuna accepts nothing about a trial after it. */
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

/** Attributes of a trial in the journal. */
export interface Attributes extends Partial<TrialLosses> {
  readonly folder?: string
  readonly seed?: number
  readonly params?: Params
  readonly error?: VaeErrorData
}

/** Returns the losses among the attributes, if all are present. */
export function lossesOf(attributes: Attributes): TrialLosses | undefined {
  const { loss, elbo, reconstruction, kl } = attributes
  if (loss === undefined || elbo === undefined || reconstruction === undefined || kl === undefined) return undefined
  return { loss, elbo, reconstruction, kl }
}

/** Varied options, as in the recorded plan. */
export type Space = Readonly<Record<string, readonly unknown[] | Range>>

/** Options that the core reads as whole numbers. */
const integerOptions: readonly string[] = ['latentDim', 'epochs', 'batchSize'] satisfies Varied[]

/**
 * Converts a dimension to an Optuna distribution, and a value of it to the number in the journal. Listed numbers become
 * a range from the smallest to the largest, because a trial added by hand may have another.
 */
function toOptuna(
  name: string,
  values: readonly unknown[] | Range,
  value: unknown,
): { distribution: object; internal: number } {
  const numbers = isList(values) ? [...values, value] : [values.low, values.high, value]
  if (numbers.every((number) => typeof number === 'number')) {
    const { log = false, step } = isList(values) ? {} : values
    const isWhole = integerOptions.includes(name)
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
  const choices = isList(values) ? values.map(toChoice) : [toChoice(value)]
  const internal = choices.indexOf(toChoice(value))
  return { distribution: { name: 'CategoricalDistribution', attributes: { choices } }, internal }
}

/** Converts a value to a choice of Optuna's, a word or number; lists and objects become JSON. */
function toChoice(value: unknown): unknown {
  return typeof value === 'object' ? JSON.stringify(value) : value
}

function isList(values: readonly unknown[] | Range): values is readonly unknown[] {
  return Array.isArray(values)
}

/** Current time, in a format that Python before 3.11 reads too. */
function now(): string {
  return new Date().toISOString().replace('Z', '+00:00')
}
