import { fromNative, VaeError } from '../errors.js'
import type { EndEvent, EpochEvent, Losses } from '../events.js'
import type { TrainingRun } from '../run.js'
import type { SweepEvent, TrialChange } from './events.js'
import type { Objective } from './options.js'
import type { Search } from './search.js'
import type { StudyStore, TrialOutcome } from './study.js'
import type { Trial } from './trial.js'

/** Context in which trials are trained. */
export interface TrialContext {
  readonly study: StudyStore
  readonly search: Search
  /** Starts or continues the run of a trial; throws the error that the trial fails with. */
  readonly start: (trial: Trial) => TrainingRun
  /** True if trials should stop and wait, to be continued later. */
  readonly isStopping: () => boolean
}

/**
 * Trains one trial to its end, and yields its events. A resumed trial is judged once more by its earlier epochs, with
 * the same result.
 *
 * @throws {VaeError} The error of the study's journal, if it fails; an error of the run is an outcome of the trial.
 */
export async function* trainTrial(number: number, context: TrialContext): AsyncGenerator<SweepEvent, void> {
  const { study, search, start, isStopping } = context
  const change = (trial: Trial): TrialChange => ({ type: 'trial', trial })
  const trial = await study.begin(number, search.paramsOf(study.trials[number] as Trial, study.trials))
  yield change(trial)
  if (isStopping()) return yield change(study.requeue(number))
  let run: TrainingRun
  try {
    run = start(trial)
  } catch (error) {
    return yield change(await study.end(number, failure(fromNative(error))))
  }
  const earlier = [...run.history]
  try {
    yield { type: 'run', trial, run }
    const outcome = yield* followRun(number, run, earlier, context)
    yield change(outcome === undefined ? study.requeue(number) : await study.end(number, outcome))
  } finally {
    // It has ended, unless the journal failed.
    await run.stop().then(
      (vae) => vae.dispose(),
      () => {},
    )
  }
}

/** Reports every epoch, ends the run if it is pruned, and returns its outcome; undefined if it is left unfinished. */
async function* followRun(
  number: number,
  run: TrainingRun,
  earlier: readonly EpochEvent[],
  { study, search, isStopping }: TrialContext,
): AsyncGenerator<SweepEvent, TrialOutcome | undefined> {
  const { objective } = study.plan
  const { epochs } = run.progress
  let last: EpochEvent | undefined
  let pruned: TrialOutcome | undefined
  for await (const event of allEvents(earlier, run)) {
    if (event.type === 'end') return event.status === 'aborted' ? undefined : (pruned ?? finalOutcome(event))
    if (pruned !== undefined) continue
    last = event
    const value = lossesOf(event)[objective]
    if (!Number.isFinite(value)) continue
    const trial = await study.report(number, event.epoch, value)
    if (trial !== undefined) yield { type: 'epoch', trial, epoch: event.epoch, value }
    if (event.epoch < epochs && search.shouldPrune(study.trials[number] as Trial, event.epoch, study.trials)) {
      pruned = outcomeOf('pruned', lossesOf(event), objective)
      run.stop().catch(() => {}) // the run's events report its end
    }
  }
  return undefined

  function finalOutcome(end: EndEvent): TrialOutcome | undefined {
    const losses = last && lossesOf(last)
    if (end.status === 'completed') return outcomeOf('complete', end.validation ?? losses, objective)
    if (end.error !== undefined) return failure(end.error)
    return isStopping() ? undefined : outcomeOf('pruned', losses, objective)
  }
}

/** Yields the epochs of earlier sessions, then the events of this one. */
async function* allEvents(earlier: readonly EpochEvent[], run: TrainingRun): AsyncGenerator<EpochEvent | EndEvent> {
  yield* earlier
  yield* run.events('epoch', 'end')
}

function lossesOf({ validation, train }: EpochEvent): Losses {
  return validation ?? train
}

function outcomeOf(state: 'complete' | 'pruned', losses: Losses | undefined, objective: Objective): TrialOutcome {
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

/** Outcome of a failure, without the model that the error of a diverged run holds. */
function failure(error: VaeError): TrialOutcome {
  return { state: 'failed', error: new VaeError(error.toJSON()) }
}
