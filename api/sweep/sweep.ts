import { Dataset, handleOf, isDataset } from '../dataset.js'
import { describe, encodeOptions } from '../encode-options.js'
import { optionError } from '../errors.js'
import { fromTensor, isTensor } from '../examples.js'
import { callSync, NativeSweep } from '../native.js'
import type { TrainOptions } from '../options.js'
import type { Tensor } from '../tensor.js'
import { trainVae } from '../train.js'
import { Sweep } from './handle.js'
import type { SweepOptions } from './options.js'
import type { StudyPlan } from './replay.js'
import { Search } from './search.js'
import { recordedJobs, StudyStore } from './study.js'
import type { Trial } from './trial.js'

/**
 * Trains many VAEs on the same data and compares them: every combination of listed options, or points chosen by a
 * sampler.
 *
 * ```ts
 * const { train, test } = await datasets.load('digits')
 * const vary = { beta: [0, 1, 5, 50], latentDim: [2, 10] }
 * const { best, pareto } = await sweep(train, { out: 'sweeps/first', vary, seeds: 3, validation: test })
 * ```
 *
 * Each trial has its own run folder and is recorded in the study's journal as it runs. To continue a sweep that was
 * stopped or killed, pass the same options and `resume`: trials that have ended are not trained again, and one that was
 * in progress continues from its checkpoint, so that the study is the same as one that was never interrupted. Optuna
 * opens the journal: `JournalStorage(JournalFileBackend('sweeps/first/study.jsonl'))`.
 *
 * @param data Training examples; the first axis of a tensor is their index.
 * @param options Options to vary, and those of the search and of every trial.
 * @returns The sweep, at once: a promise of the trials and an async iterable of events.
 * @throws {VaeError} At once, if an option or a listed value is invalid, or the folder cannot be used.
 */
export function sweep(data: Dataset | Tensor, options: SweepOptions): Sweep {
  const { signal, out, resume = false, validation, ...rest } = options ?? ({} as SweepOptions)
  if (typeof out !== 'string' || out === '') throw optionError('out', 'the path of a folder', describe(out))
  if (typeof resume !== 'boolean') throw optionError('resume', 'true or false', describe(resume))
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw optionError('signal', 'an AbortSignal', describe(signal))
  const jobs = rest.jobs ?? (resume ? recordedJobs(out) : undefined)
  const json = encodeOptions({ ...rest, jobs })
  const { vary: _v, seeds: _s, sampler: _a, trials: _t, objective: _o, pruner: _p, jobs: _j, ...base } = rest
  const parts = splitData(asDataset(data, 'data'), validation, rest.seed)
  const native = callSync(() =>
    NativeSweep.plan(handleOf(parts.train), parts.validation && handleOf(parts.validation), json),
  )
  const plan = JSON.parse(callSync(() => native.record())) as StudyPlan
  callSync(() => native.lock(out))
  const search = new Search(native, plan)
  try {
    const study = new StudyStore(out, plan, (number) => search.pointOf(number), resume)
    const start = ({ params, seed, folder }: Trial) =>
      trainVae(parts.train, {
        members: search.jobs,
        ...(base as TrainOptions),
        ...params,
        seed,
        threads: search.threads,
        out: folder,
        resume: true,
        ...(parts.validation && { validation: parts.validation }),
        ...(signal && { signal }),
      })
    return new Sweep({ out, study, search, start, signal })
  } catch (error) {
    search.release()
    throw error
  }
}

/** Data of all trials. */
interface SweepData {
  readonly train: Dataset
  readonly validation?: Dataset
}

/** Returns training and validation data: a held-back part is the same for every trial's seed. */
function splitData(data: Dataset, validation: SweepOptions['validation'], seed: number | undefined): SweepData {
  if (validation === undefined) return { train: data }
  if (typeof validation !== 'number') return { train: data, validation: asDataset(validation, 'validation') }
  const share = validation < 1 ? validation : validation / data.length
  return data.split({ validation: share, ...(seed !== undefined && { seed }) })
}

function asDataset(data: Dataset | Tensor, option: string): Dataset {
  if (isDataset(data)) return data
  if (isTensor(data)) return new Dataset(fromTensor(data))
  throw optionError(
    option,
    'a data set or a tensor',
    describe(data),
    'make one with datasets.open or datasets.fromArray',
  )
}
