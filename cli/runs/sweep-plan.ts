/** Turns flags into a sweep: its search, and the options and data of all trials. A resumed study brings its own. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { MedianPruner, Objective, Sampler, SweepOptions, Vary } from '../../index.js'
import { readStudy, type Study } from '../../research.js'
import { CliError } from '../base/exit.js'
import { checkReading } from '../flags/data.js'
import { priorOf, readTrainFlags } from '../flags/train.js'
import { readRun, runFiles, sourceOf } from './folder.js'
import { freeName } from './names.js'
import type { RunFlags, TrainingPlan } from './plan.js'

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
  const validationOption = validation === undefined ? {} : { validation }
  const search = searchOf(flags, options.posterior)
  const folder = typeof resume === 'string' ? resume : flags.out
  if (typeof resume === 'string' && !holdsStudy(resume))
    throw new CliError(`${resume}: there is no sweep to continue, ${studyFiles.journal} is missing`)
  if (resume === true && folder === undefined)
    throw new CliError('--resume: which sweep? Name its folder: --resume sweeps/NAME')
  if (resume === undefined || folder === undefined || !holdsStudy(folder)) {
    checkReading(flags)
    return { options, data: flags, ...validationOption, out: folder ?? newFolder(), search }
  }
  const study = await readStudy(folder)
  const data = await dataOf(study, folder, flags)
  return {
    ...data,
    options: { ...study.plan.options, ...options },
    ...validationOption,
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

/** The data of a resumed study, as its first trial read them. */
async function dataOf(
  { plan, trials }: Study,
  folder: string,
  flags: SweepFlags,
): Promise<Pick<TrainingPlan, 'data' | 'record'>> {
  if (flags.data !== undefined) checkReading(flags)
  const first = trials.find((trial) => existsSync(join(trial.folder, runFiles.record)))
  if (first === undefined) {
    const data = flags.data ?? plan.data.source
    if (data === null) throw new CliError(`${folder}: this sweep is on data from a program; name them with --data`)
    return { data: { ...flags, data } }
  }
  const record = await readRun(first.folder)
  const data = flags.data ?? sourceOf(record.data, first.folder)
  return { data: { ...record.data.preprocessing, ...record.reading, ...flags, data }, record }
}

function newFolder(): string {
  const name = freeName((name) => existsSync(join('sweeps', name)))
  return join('sweeps', name)
}
