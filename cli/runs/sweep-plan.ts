/** Turns flags into a sweep: its search, and the options and data of all trials. A resumed study brings its own. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { MedianPruner, Objective, Sampler, SweepOptions, Vary } from '../../index.js'
import { readStudy, type Study } from '../../research.js'
import { CliError } from '../base/exit.js'
import { checkReading } from '../flags/data.js'
import { priorOf, readTrainFlags } from '../flags/train.js'
import { readValidationFlags } from '../flags/validation.js'
import { dataRecords, readRun, runFiles } from './folder.js'
import { freeName } from './names.js'
import type { RunFlags, TrainingPlan } from './plan.js'
import type { RecordedRun } from './recall.js'

/** Flags of `sweep` other than training options. */
export interface SweepFlags extends Omit<RunFlags, 'fork' | 'force'> {
  readonly vary?: Vary
  readonly seeds?: number
  readonly sampler?: Sampler
  readonly trials?: number
  readonly objective?: Objective
  readonly pruner?: 'median'
  readonly prunerWarmupEpochs?: number
  readonly prunerMinTrials?: number
  readonly jobs?: number
}

/** The {@link TrainingPlan} that all trials share, and the search. */
export interface SweepPlan extends TrainingPlan {
  readonly search: Partial<SweepOptions>
}

/** Files of a study folder. */
export const studyFiles = { journal: 'study.jsonl', csv: 'results.csv', json: 'results.json' } as const

/** True if the folder holds a study. */
export function holdsStudy(folder: string): boolean {
  return existsSync(join(folder, studyFiles.journal))
}

/** Turns flags into a plan. */
export async function planSweep(flags: SweepFlags): Promise<SweepPlan> {
  const { resume } = flags
  const { options, validation } = readTrainFlags(flags as Readonly<Record<string, unknown>>)
  const plan = { data: flags, ...readValidationFlags(flags, validation) }
  const search = searchOf(flags, options.posterior)
  const folder = typeof resume === 'string' ? resume : flags.out
  if (typeof resume === 'string' && !holdsStudy(resume))
    throw new CliError(`${resume}: there is no sweep to continue, ${studyFiles.journal} is missing`)
  if (resume === true && folder === undefined)
    throw new CliError('--resume: which sweep? Name its folder: --resume sweeps/NAME')
  if (resume === undefined || folder === undefined || !holdsStudy(folder)) {
    checkReading(flags)
    return { ...plan, options, out: folder ?? newFolder(), search }
  }
  const study = await readStudy(folder)
  if (flags.data !== undefined) checkReading(flags)
  return {
    ...plan,
    earlier: await recordedRun(study, folder),
    options: { ...study.plan.options, ...options },
    out: folder,
    search: { ...recordedSearch(study), ...search },
  }
}

/** The given search flags, and only those. */
function searchOf(flags: SweepFlags, posterior: unknown): Partial<SweepOptions> {
  const { vary, seeds, sampler, trials, objective, pruner, prunerWarmupEpochs, prunerMinTrials, jobs } = flags
  const median: MedianPruner = {
    type: 'median',
    ...(prunerWarmupEpochs !== undefined && { warmupEpochs: prunerWarmupEpochs }),
    ...(prunerMinTrials !== undefined && { minTrials: prunerMinTrials }),
  }
  if (pruner === undefined && Object.keys(median).length > 1)
    throw new CliError('--pruner-warmup-epochs and --pruner-min-trials belong to --pruner median')
  // A prior is given as two numbers, whose meaning depends on the posterior.
  const priors = vary?.prior?.map((ends) => priorOf(ends as unknown as number[], posterior))
  const given = {
    vary: priors === undefined ? vary : { ...vary, prior: priors },
    seeds,
    sampler,
    trials,
    objective,
    jobs,
    ...(pruner && { pruner: median }),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** The search of a resumed study. */
function recordedSearch({ plan }: Study): Partial<SweepOptions> {
  const { vary, seeds, sampler, trials, objective, pruner } = plan
  return {
    vary: vary as Vary,
    seeds,
    sampler,
    objective,
    ...(sampler !== 'grid' && { trials }),
    ...(pruner && { pruner }),
  }
}

/** The data of a study: its plan records them, in studies of older versions each trial. */
async function recordedRun({ plan, trials }: Study, folder: string): Promise<RecordedRun> {
  const first = trials.find((trial) => existsSync(join(trial.folder, runFiles.record)))?.folder
  const model = first === undefined ? {} : { model: first }
  if (plan.data.part !== undefined || first === undefined) {
    const record = { ...dataRecords(plan, join(folder, studyFiles.journal)), options: plan.options }
    return { folder, ...model, record }
  }
  return { folder, ...model, record: { ...(await readRun(first)), options: plan.options } }
}

function newFolder(): string {
  const name = freeName((name) => existsSync(join('sweeps', name)))
  return join('sweeps', name)
}
