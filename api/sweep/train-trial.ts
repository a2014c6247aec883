import { fromNative, VaeError } from '../errors.js'
import type { EndEvent, EpochEvent, Losses } from '../events.js'
import type { TrainingRun } from '../run.js'
import type { SweepEvent, TrialChange } from './events.js'
import type { Objective } from './options.js'
import type { Search } from './search.js'
import type { Outcome, Study } from './study.js'
import type { Trial } from './trial.js'

/** Where a trial is trained. */
export interface Bench {
  readonly study: Study
  readonly search: Search
  /** Starts, or continues, the run of a trial; throws what the trial fails with. */
  readonly start: (trial: Trial) => TrainingRun
  /** Whether trials are to be left where they stand. */
  readonly isLeaving: () => boolean
}

/**
 * Trains one trial to its end, and yields what happens. A trial that is continued is judged once more by the epochs that
 * it has behind it, which comes out the same.
 *
 * @throws {VaeError} what the study's journal fails with; what the run fails with is an outcome of the trial.
 */
export async function* trainTrial(number: number, bench: Bench): AsyncGenerator<SweepEvent, void> {
  const { study, search, start, isLeaving } = bench
  const change = (trial: Trial): TrialChange => ({ type: 'trial', trial })
  const trial = await study.begin(number, search.paramsOf(study.trials[number] as Trial, study.trials))
  yield change(trial)
  if (isLeaving()) return yield change(study.leave(number))
  let run: TrainingRun
  try {
    run = start(trial)
  } catch (error) {
    return yield change(await study.end(number, failure(fromNative(error))))
  }
  const earlier = [...run.history]
  try {
    yield { type: 'run', trial, run }
    const outcome = yield* followed(number, run, earlier, bench)
    yield change(outcome === undefined ? study.leave(number) : await study.end(number, outcome))
  } finally {
    // It has ended, unless the journal failed.
    await run.stop().then(
      (vae) => vae.dispose(),
      () => {},
    )
  }
}

/** Reports every epoch, ends the run if it is not worth going on, and says how it ended; nothing if it was left. */
async function* followed(
  number: number,
  run: TrainingRun,
  earlier: readonly EpochEvent[],
  { study, search, isLeaving }: Bench,
): AsyncGenerator<SweepEvent, Outcome | undefined> {
  const { objective } = study.plan
  const { epochs } = run.progress
  let last: EpochEvent | undefined
  let pruned: Outcome | undefined
  for await (const event of since(earlier, run)) {
    if (event.type === 'end') return event.status === 'aborted' ? undefined : (pruned ?? ended(event))
    if (pruned !== undefined) continue
    last = event
    const value = measured(event)[objective]
    if (!Number.isFinite(value)) continue
    const trial = await study.report(number, event.epoch, value)
    if (trial !== undefined) yield { type: 'epoch', trial, epoch: event.epoch, value }
    if (event.epoch < epochs && search.shouldPrune(study.trials[number] as Trial, event.epoch, study.trials)) {
      pruned = judged('pruned', measured(event), objective)
      run.stop().catch(() => {}) // how it ends is told by its events
    }
  }
  return undefined

  function ended(end: EndEvent): Outcome | undefined {
    const losses = last && measured(last)
    if (end.status === 'completed') return judged('complete', end.validation ?? losses, objective)
    if (end.error !== undefined) return failure(end.error)
    return isLeaving() ? undefined : judged('pruned', losses, objective)
  }
}

/** The epochs of earlier sessions, and what this one tells. */
async function* since(earlier: readonly EpochEvent[], run: TrainingRun): AsyncGenerator<EpochEvent | EndEvent> {
  yield* earlier
  yield* run.events('epoch', 'end')
}

function measured({ validation, train }: EpochEvent): Losses {
  return validation ?? train
}

function judged(state: 'complete' | 'pruned', losses: Losses | undefined, objective: Objective): Outcome {
  if (losses === undefined) {
    const message = 'The trial was stopped before it had finished an epoch.'
    return failure(new VaeError({ code: 'ERR_VAE_ENDED', message }))
  }
  const { loss, elbo, reconstruction, kl } = losses
  const value = losses[objective]
  if (Number.isFinite(value)) return { state, value, losses: { loss, elbo, reconstruction, kl } }
  return failure(
    new VaeError({ code: 'ERR_VAE_DIVERGED', message: `The trial's ${objective} is not a finite number.` }),
  )
}

/** What is kept of a failure: not the model that a run that diverged brings along. */
function failure(error: VaeError): Outcome {
  return { state: 'failed', error: new VaeError(error.toJSON()) }
}
