import { encodeOptions } from '../encode-options.js'
import { callSync, type NativeSweep } from '../native.js'
import type { Params } from './options.js'
import type { StudyPlan } from './replay.js'
import { hasEnded, type Trial } from './trial.js'

/**
 * The core's search: points and pruning of a trial, given the others. Trial n uses those up to n − jobs, which must
 * have ended before it begins: so it does not matter which of two trials that run at once ends first.
 */
export class Search {
  readonly #native: NativeSweep
  readonly #plan: StudyPlan

  constructor(native: NativeSweep, plan: StudyPlan) {
    this.#native = native
    this.#plan = plan
  }

  /** Number of trials that run at once. */
  get jobs(): number {
    return this.#native.jobs
  }

  /** Number of threads for each of them. */
  get threads(): number {
    return this.#native.threads
  }

  /** Returns the point of this number, if it does not depend on other trials. */
  pointOf(number: number): Params | undefined {
    return this.#plan.sampler === 'tpe' ? undefined : JSON.parse(callSync(() => this.#native.point(number, '[]')))
  }

  /** True if all trials that this one learns from have ended. */
  canBegin(number: number, trials: readonly Trial[]): boolean {
    return this.#plan.jobs === null || trials.slice(0, this.#usableTrials(number)).every(hasEnded)
  }

  /** Returns the point of a trial: its own, or a new suggestion if it has none. */
  paramsOf({ number, params }: Trial, trials: readonly Trial[]): Params {
    const { sampler, seeds } = this.#plan
    if (sampler !== 'tpe' || Object.keys(params).length > 0) return params
    // All seeds of a point use the trials that its first trial could use.
    const point = Math.floor(number / seeds)
    return JSON.parse(callSync(() => this.#native.point(point, this.#history(point * seeds, trials))))
  }

  /** True if a trial should end after this epoch. */
  shouldPrune({ number, intermediate }: Trial, epoch: number, trials: readonly Trial[]): boolean {
    if (this.#plan.pruner === null) return false
    const reported = intermediate.filter((entry) => entry.epoch <= epoch).map(({ epoch, value }) => [epoch, value])
    return callSync(() => this.#native.shouldPrune(JSON.stringify(reported), this.#history(number, trials)))
  }

  /**
   * Completes the point of a trial from some of its parameters.
   *
   * @throws {VaeError} `ERR_VAE_OPTION`
   */
  completeParams(params: Params): Params {
    const json = encodeOptions(params)
    return JSON.parse(callSync(() => this.#native.completed(json)))
  }

  /** Releases the lock, so that another process can continue the study. */
  release(): void {
    this.#native.unlock()
  }

  /** Number of trials, from the first, that a trial uses. */
  #usableTrials(number: number): number {
    return Math.max(0, number - this.jobs + 1)
  }

  #history(number: number, trials: readonly Trial[]): string {
    const ended = trials
      .slice(0, this.#usableTrials(number))
      .filter(({ state }) => state === 'complete' || state === 'pruned')
    return JSON.stringify(
      ended.map(({ params, value, state, intermediate }) => ({
        params,
        value,
        complete: state === 'complete',
        intermediate: intermediate.map(({ epoch, value }) => [epoch, value]),
      })),
    )
  }
}
