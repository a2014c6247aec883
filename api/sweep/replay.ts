import { VaeError } from '../errors.js'
import type { TrainOptions } from '../options.js'
import type { TrainingData } from '../training-data.js'
import type { Operation } from './journal.js'
import type { MedianPruner, Objective, Params, Sampler } from './options.js'
import { type Attributes, addedAttribute, lossesOf, operation, planAttribute, type Space, states } from './optuna.js'
import type { Intermediate, Trial, TrialState } from './trial.js'

/** Identity of a study's data. */
export interface StudyData extends Omit<TrainingData, 'source'> {
  readonly source: string | null
}

/** Recorded options of a study: all of them, defaults filled in. */
export interface StudyPlan {
  readonly vary: Space
  readonly seeds: number
  readonly sampler: Sampler
  readonly trials: number
  readonly objective: Objective
  readonly direction: 'maximize' | 'minimize'
  readonly pruner: MedianPruner | null
  /** Number of trials that run at once; `null` if nothing depends on it. */
  readonly jobs: number | null
  /** Options of every trial, without the varied ones. */
  readonly options: TrainOptions & { readonly seed: number }
  readonly data: StudyData
  readonly validation: StudyData | null
}

/** A trial added by hand. */
export interface AddedTrial {
  readonly params: Params
  readonly seed: number
}

/** Study as read from a journal. */
export interface StudyRecord {
  readonly name: string
  /** Plan of the study; undefined if the process was killed before writing it. */
  readonly plan: StudyPlan | undefined
  readonly added: readonly AddedTrial[]
  /** Trials that have begun, by number; `folder` is relative to the study's. */
  readonly trials: readonly Trial[]
  /** Number of the line, from 1, in which another program added a trial. */
  readonly foreignLine: number | undefined
}

const stateNames = Object.fromEntries(Object.entries(states).map(([name, number]) => [number, name])) as Readonly<
  Record<number, TrialState>
>

/** A trial while the journal is read. */
interface Draft {
  attributes: Attributes
  state: TrialState
  value?: number
  intermediate: Intermediate[]
}

/** Replays the operations of a journal, as Optuna would; trials that are not ours are left out. */
export function recordOf(operations: readonly Operation[]): StudyRecord {
  let name = ''
  const study: Record<string, unknown> = {}
  const drafts: (Draft | undefined)[] = []
  let foreignLine: number | undefined
  for (const [i, line] of operations.entries()) {
    const draft = drafts[Number(line.trial_id)]
    switch (line.op_code) {
      case operation.createStudy:
        name = String(line.study_name)
        break
      case operation.setStudyAttribute:
        Object.assign(study, line.user_attr)
        break
      case operation.createTrial: {
        const attributes = (line.user_attrs ?? {}) as Attributes
        const isOurs = attributes.params !== undefined
        if (!isOurs) foreignLine ??= i + 1
        drafts.push(isOurs ? { attributes, state: 'running', intermediate: [] } : undefined)
        break
      }
      case operation.setIntermediate:
        draft?.intermediate.push({ epoch: Number(line.step), value: Number(line.intermediate_value) })
        break
      case operation.setTrialAttribute:
        if (draft) draft.attributes = { ...draft.attributes, ...(line.user_attr as Attributes) }
        break
      case operation.setTrialState:
        if (draft)
          Object.assign(draft, { state: stateNames[Number(line.state)], value: (line.values as number[])?.[0] })
        break
    }
  }
  const trials = drafts.flatMap((draft, number) => (draft ? trialOf(draft, number) : []))
  const plan = study[planAttribute] as StudyPlan | undefined
  return { name, plan, added: (study[addedAttribute] ?? []) as AddedTrial[], trials, foreignLine }
}

function trialOf({ attributes, state, value, intermediate }: Draft, number: number): Trial {
  const { params = {}, seed = 0, folder = '', error } = attributes
  const losses = lossesOf(attributes)
  return {
    number,
    params,
    seed,
    state,
    ...(value !== undefined && state !== 'running' && { value }),
    ...(losses && state !== 'running' && { losses }),
    intermediate,
    folder,
    ...(error && state === 'failed' && { error: new VaeError(error) }),
  }
}
