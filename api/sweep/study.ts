import { existsSync, mkdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { optionError, VaeError } from '../errors.js'
import { checkSame, direct } from '../native.js'
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
import { type Added, recordOf, type StudyPlan, type StudyRecord } from './replay.js'
import { hasEnded, type Trial, type TrialLosses } from './trial.js'

/** The journal of a study within its folder. */
export function journalOf(folder: string): string {
  return join(folder, 'study.jsonl')
}

/** With how many jobs the study in this folder was made, if it depends on that. */
export function recordedJobs(folder: string): number | undefined {
  const path = journalOf(folder)
  if (!existsSync(path)) return undefined
  return recordOf(readJournal(path)).plan?.jobs ?? undefined
}

/** How a trial ended. */
export type Outcome =
  | { readonly state: 'complete' | 'pruned'; readonly value: number; readonly losses: TrialLosses }
  | { readonly state: 'failed'; readonly error: VaeError }

/** The trials of a study: a list that is changed here alone, and a journal that is told of every change first. */
export class Study {
  readonly plan: StudyPlan
  readonly #folder: string
  readonly #journal: Journal
  readonly #trials: Trial[]
  readonly #added: Added[]
  /** How many trials the journal has; they begin in the order of their numbers. */
  #begun: number

  /**
   * Opens the folder of a study, which this process has locked.
   *
   * @param pointOf The point of this number, if it can be known before any trial has ended.
   * @param resume Whether to continue what the folder holds.
   * @throws {VaeError} if it holds a study that is not to be continued, or another one.
   */
  constructor(folder: string, plan: StudyPlan, pointOf: (number: number) => Params | undefined, resume: boolean) {
    const path = journalOf(folder)
    if (!resume) checkEmpty(folder)
    const record = recordOf(existsSync(path) ? readJournal(path) : [])
    if (record.foreignLine !== undefined) throw foreign(path, record.foreignLine)
    this.plan = plan
    this.#folder = folder
    this.#added = [...record.added]
    const planned = Array.from({ length: plan.trials }, (_, number) => ({
      params: pointOf(Math.floor(number / plan.seeds)) ?? {},
      seed: plan.options.seed + (number % plan.seeds),
    }))
    this.#trials = [...planned, ...this.#added].map(({ params, seed }, number) => this.#waiting(number, params, seed))
    for (const trial of record.trials) {
      const state = hasEnded(trial) ? trial.state : 'waiting'
      this.#trials[trial.number] = { ...trial, state, folder: folderOf(folder, trial.number) }
    }
    this.#begun = record.trials.length
    const operations = opening(record, plan, basename(resolve(folder)))
    mkdirSync(join(folder, 'trials'), { recursive: true })
    this.#journal = new Journal(path)
    this.#append(...operations)
  }

  /** All trials, by their numbers. */
  get trials(): readonly Trial[] {
    return this.#trials
  }

  /** A trial begins, or goes on: from now on it is known which point it is. */
  async begin(number: number, params: Params): Promise<Trial> {
    const trial = this.#put({ ...this.#trial(number), params, state: 'running' })
    if (number < this.#begun) return trial
    this.#begun = number + 1
    await this.#journal.append(createTrial({ ...trial, folder: folderOf('', number) }, this.plan.vary))
    return trial
  }

  /** A trial is worth so much after an epoch; nothing, if that is known already. */
  async report(number: number, epoch: number, value: number): Promise<Trial | undefined> {
    const { intermediate } = this.#trial(number)
    if (intermediate.some((known) => known.epoch === epoch)) return undefined
    await this.#journal.append(setIntermediate(number, epoch, value))
    return this.#put({ ...this.#trial(number), intermediate: [...intermediate, { epoch, value }] })
  }

  /** A trial has ended. */
  async end(number: number, outcome: Outcome): Promise<Trial> {
    const trial = { ...this.#trial(number), ...outcome }
    await this.#journal.append(...endTrial(trial))
    return this.#put(trial)
  }

  /** A trial is left where it stands, to be continued another time. */
  leave(number: number): Trial {
    return this.#put({ ...this.#trial(number), state: 'waiting' })
  }

  /** One more trial, after all others. */
  add(params: Params, seed: number): Trial {
    this.#added.push({ params, seed })
    this.#append(setStudyAttribute(addedAttribute, this.#added))
    return this.#put(this.#waiting(this.#trials.length, params, seed))
  }

  close(): Promise<void> {
    return this.#journal.close()
  }

  /** Writes what nobody waits for. If it fails, so does all that is written after it, and whoever waits for that hears. */
  #append(...operations: readonly Operation[]): void {
    if (operations.length > 0) this.#journal.append(...operations).catch(() => {})
  }

  #trial(number: number): Trial {
    return this.#trials[number] as Trial
  }

  #put(trial: Trial): Trial {
    this.#trials[trial.number] = trial
    return trial
  }

  #waiting(number: number, params: Params, seed: number): Trial {
    return { number, params, seed, state: 'waiting', intermediate: [], folder: folderOf(this.#folder, number) }
  }
}

/** What is to be written before the first trial; a study that is continued may have more trials, if none was added. */
function opening(record: StudyRecord, plan: StudyPlan, name: string): Operation[] {
  const { plan: before } = record
  const setPlan = setStudyAttribute(planAttribute, plan)
  if (before === undefined) return record.name === '' ? [createStudy(name, plan.direction), setPlan] : [setPlan]
  const isLonger = record.added.length === 0 && plan.trials > before.trials
  const same = isLonger ? { ...before, trials: plan.trials } : before
  direct(() => checkSame(JSON.stringify(same), JSON.stringify(plan)))
  return isLonger ? [setPlan] : []
}

/** Our trials are numbered as Optuna's: one that came in between would take a number away. */
function foreign(path: string, line: number): VaeError {
  const message = `${path}: line ${line} adds a trial of another program: the study can be read, but not continued here.`
  return new VaeError({ code: 'ERR_VAE_CHECKPOINT', message, path })
}

/** Nothing is continued or overwritten silently. */
function checkEmpty(folder: string): void {
  const holds = [journalOf(folder), join(folder, 'trials')].find((path) => existsSync(path))
  if (holds === undefined) return
  throw optionError(
    'out',
    'a folder without a study',
    `${folder}, which holds ${basename(holds)}`,
    'set `resume` to continue that study, or choose another folder',
  )
}

/** The run folder of a trial within that of its study. */
export function folderOf(study: string, number: number): string {
  return join(study, 'trials', String(number).padStart(4, '0'))
}
