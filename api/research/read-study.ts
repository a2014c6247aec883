import { VaeError } from '../errors.js'
import { withoutNulls } from '../json.js'
import { readJournal } from '../sweep/journal.js'
import { recordOf, type StudyPlan } from '../sweep/replay.js'
import { folderOf, journalOf } from '../sweep/study.js'
import { bestOf, paretoOf, type Trial } from '../sweep/trial.js'

/** Study of a sweep, read from its journal. */
export interface Study {
  /** Name of the folder that it was created in. */
  readonly name: string
  /** Options of the study, defaults filled in. */
  readonly plan: StudyPlan
  /** Trials that have begun, by number; a `'running'` one may belong to a process that has exited. */
  readonly trials: readonly Trial[]
  /** Complete trial with the best value; absent if there is none. */
  readonly best?: Trial
  /** Pareto front of the complete trials in KL and reconstruction, sorted by KL. */
  readonly pareto: readonly Trial[]
}

/**
 * Reads the study of a sweep, finished or not, of this process or of another.
 *
 * @param folder The `out` of the {@link sweep}.
 * @throws {VaeError} `ERR_VAE_IO` if there is no study, `ERR_VAE_CHECKPOINT` if it is not one of this library's.
 */
export async function readStudy(folder: string): Promise<Study> {
  const path = journalOf(folder)
  const { name, plan: recorded, trials: begun } = recordOf(readJournal(path))
  if (recorded === undefined)
    throw new VaeError({ code: 'ERR_VAE_CHECKPOINT', message: `${path}: the study has no plan yet.`, path })
  const plan = { ...recorded, options: withoutNulls(recorded.options) }
  const trials = begun.map((trial) => ({ ...trial, folder: folderOf(folder, trial.number) }))
  const best = bestOf(trials, plan.direction)
  return { name, plan, trials, ...(best && { best }), pareto: paretoOf(trials) }
}
