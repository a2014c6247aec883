import { existsSync, mkdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { optionError, VaeError } from '../errors.js'
import { callSync, checkSame } from '../native.js'
import { Journal, type Operation, readJournal } from './journal.js'
import type { Params } from './options.js'
import {
  addedAttribute,
  createStudy,
  createTrial,
  endTrial,
  planAttribute,
  setIntermediate,
  setStudyAttribute,
} from './optuna.js'
import { type AddedTrial, recordOf, type StudyPlan, type StudyRecord } from './replay.js'
import { hasEnded, type Trial, type TrialLosses } from './trial.js'

/** Path of a study's journal. */
export function journalOf(folder: string): string {
  return join(folder, 'study.jsonl')
}

/** Recorded number of jobs of the study in this folder, if it depends on that. */
export function recordedJobs(folder: string): number | undefined {
  const path = journalOf(folder)
  if (!existsSync(path)) return undefined
  return recordOf(readJournal(path)).plan?.jobs ?? undefined
}

/** Outcome of a trial. */
export type TrialOutcome =
  | { readonly state: 'complete' | 'pruned'; readonly value: number; readonly losses: TrialLosses }
  | { readonly state: 'failed'; readonly error: VaeError }

/** Trials of a study: a list that only this class changes, and a journal of the changes. */
export class StudyStore {
  readonly plan: StudyPlan
  readonly #folder: string
  readonly #journal: Journal
  readonly #trials: Trial[]
  readonly #added: AddedTrial[]
  /** Number of trials in the journal; they begin in order. */
  #begun: number

  /**
   * Opens the folder of a study, which this process has locked.
   *
   * @param pointOf Returns the point of this number, if it can be known before any trial has ended.
   * @param resume True to continue the study in the folder.
   * @throws {VaeError} if the folder holds a study and `resume` is false, or holds another study.
   */
  constructor(folder: string, plan: StudyPlan, pointOf: (number: number) => Params | undefined, resume: boolean) {
    const path = journalOf(folder)
    if (!resume) checkEmpty(folder)
    const record = recordOf(existsSync(path) ? readJournal(path) : [])
    if (record.foreignLine !== undefined) throw foreignTrialError(path, record.foreignLine)
    this.plan = plan
    this.#folder = folder
    this.#added = [...record.added]
    const planned = Array.from({ length: plan.trials }, (_, number) => ({
      params: pointOf(Math.floor(number / plan.seeds)) ?? {},
      seed: plan.options.seed + (number % plan.seeds),
    }))
    this.#trials = [...planned, ...this.#added].map(({ params, seed }, number) =>
      this.#waitingTrial(number, params, seed),
    )
    for (const trial of record.trials) {
      const state = hasEnded(trial) ? trial.state : 'waiting'
      this.#trials[trial.number] = { ...trial, state, folder: folderOf(folder, trial.number) }
    }
    this.#begun = record.trials.length
    const operations = initialOperations(record, plan, basename(resolve(folder)))
    mkdirSync(join(folder, 'trials'), { recursive: true })
    this.#journal = new Journal(path)
    this.#append(...operations)
  }

  /** All trials, by number. */
  get trials(): readonly Trial[] {
    return this.#trials
  }

  /** Begins or continues a trial; from now on its point is fixed. */
  async begin(number: number, params: Params): Promise<Trial> {
    const trial = this.#store({ ...this.#trial(number), params, state: 'running' })
    if (number < this.#begun) return trial
    this.#begun = number + 1
    await this.#journal.append(createTrial({ ...trial, folder: folderOf('', number) }, this.plan.vary))
    return trial
  }

  /** Records the value of a trial after an epoch; returns undefined if it is recorded already. */
  async report(number: number, epoch: number, value: number): Promise<Trial | undefined> {
    const { intermediate } = this.#trial(number)
    if (intermediate.some((entry) => entry.epoch === epoch)) return undefined
    await this.#journal.append(setIntermediate(number, epoch, value))
    return this.#store({ ...this.#trial(number), intermediate: [...intermediate, { epoch, value }] })
  }

  /** Records the outcome of a trial. */
  async end(number: number, outcome: TrialOutcome): Promise<Trial> {
    const trial = { ...this.#trial(number), ...outcome }
    await this.#journal.append(...endTrial(trial))
    return this.#store(trial)
  }

  /** Puts a trial back to `'waiting'`, to be continued later. */
  requeue(number: number): Trial {
    return this.#store({ ...this.#trial(number), state: 'waiting' })
  }

  /** Adds a trial, after all others. */
  add(params: Params, seed: number): Trial {
    this.#added.push({ params, seed })
    this.#append(setStudyAttribute(addedAttribute, this.#added))
    return this.#store(this.#waitingTrial(this.#trials.length, params, seed))
  }

  close(): Promise<void> {
    return this.#journal.close()
  }

  /** Writes without waiting. If it fails, every later write fails too, and its caller receives the error. */
  #append(...operations: readonly Operation[]): void {
    if (operations.length > 0) this.#journal.append(...operations).catch(() => {})
  }

  #trial(number: number): Trial {
    return this.#trials[number] as Trial
  }

  #store(trial: Trial): Trial {
    this.#trials[trial.number] = trial
    return trial
  }

  #waitingTrial(number: number, params: Params, seed: number): Trial {
    return { number, params, seed, state: 'waiting', intermediate: [], folder: folderOf(this.#folder, number) }
  }
}

/** Operations to write before the first trial; a resumed study may have more trials, if none was added by hand. */
function initialOperations(record: StudyRecord, plan: StudyPlan, name: string): Operation[] {
  const { plan: before } = record
  const setPlan = setStudyAttribute(planAttribute, plan)
  if (before === undefined) return record.name === '' ? [createStudy(name, plan.direction), setPlan] : [setPlan]
  const isLonger = record.added.length === 0 && plan.trials > before.trials
  const same = isLonger ? { ...before, trials: plan.trials } : before
  callSync(() => checkSame(JSON.stringify(same), JSON.stringify(plan)))
  return isLonger ? [setPlan] : []
}

/** Creates the error for a trial of another program: numbers are Optuna's, so it would take one of ours. */
function foreignTrialError(path: string, line: number): VaeError {
  const message = `${path}: line ${line} adds a trial of another program: the study can be read, but not continued here.`
  return new VaeError({ code: 'ERR_VAE_CHECKPOINT', message, path })
}

/** Refuses a folder with a study: nothing is continued or overwritten silently. */
function checkEmpty(folder: string): void {
  const existing = [journalOf(folder), join(folder, 'trials')].find((path) => existsSync(path))
  if (existing === undefined) return
  throw optionError(
    'out',
    'a folder without a study',
    `${folder}, which holds ${basename(existing)}`,
    'set `resume` to continue that study, or choose another folder',
  )
}

/** Run folder of a trial, within the study's folder. */
export function folderOf(study: string, number: number): string {
  return join(study, 'trials', String(number).padStart(4, '0'))
}
