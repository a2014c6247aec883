import { VaeError } from '../errors.js'
import { withoutNulls } from '../json.js'
import { readJournal } from '../sweep/journal.js'
import { recordOf, type StudyPlan } from '../sweep/replay.js'
import { folderOf, journalOf } from '../sweep/study.js'
import { bestOf, paretoOf, type Trial } from '../sweep/trial.js'

/** What is known of a sweep by its journal. */
export interface Study {
  /** The name of the folder that it was made in. */
  readonly name: string
  /** What was asked for, defaults filled in. */
  readonly plan: StudyPlan
  /** The trials that have begun, by their numbers; one that is `'running'` may belong to a process that is gone. */
  readonly trials: readonly Trial[]
  /** The complete trial with the best value; nothing if there is none. */
  readonly best?: Trial
  /** The complete trials of which none has both less KL and less reconstruction, by their KL. */
  readonly pareto: readonly Trial[]
}

/**
 * Reads the study of a sweep, finished or not, of this process or of another.
 *
 * @param folder What {@link sweep} was given as `out`.
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
