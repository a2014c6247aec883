import { encodeOptions } from '../encode-options.js'
import { direct, type NativeSweep } from '../native.js'
import type { Params } from './options.js'
import type { StudyPlan } from './replay.js'
import { hasEnded, type Trial } from './trial.js'

/**
 * What the core says of a trial, given the others. Trial n knows those up to n − jobs, which must have ended before it
 * begins: so it does not matter which of two trials that run at once is done first.
 */
export class Search {
  readonly #native: NativeSweep
  readonly #plan: StudyPlan

  constructor(native: NativeSweep, plan: StudyPlan) {
    this.#native = native
    this.#plan = plan
  }

  /** How many trials run at once. */
  get jobs(): number {
    return this.#native.jobs
  }

  /** Threads that compute for each of them. */
  get threads(): number {
    return this.#native.threads
  }

  /** The point of this number, if it depends on nothing. */
  pointOf(number: number): Params | undefined {
    return this.#plan.sampler === 'tpe' ? undefined : JSON.parse(direct(() => this.#native.point(number, '[]')))
  }

  /** Whether all that the trial learns from has ended. */
  mayBegin(number: number, trials: readonly Trial[]): boolean {
    return this.#plan.jobs === null || trials.slice(0, this.#known(number)).every(hasEnded)
  }

  /** The point of a trial: the one that it has already, or what is suggested now. */
  paramsOf({ number, params }: Trial, trials: readonly Trial[]): Params {
    const { sampler, seeds } = this.#plan
    if (sampler !== 'tpe' || Object.keys(params).length > 0) return params
    // All seeds of a point are trained on what its first trial could know.
    const point = Math.floor(number / seeds)
    return JSON.parse(direct(() => this.#native.point(point, this.#history(point * seeds, trials))))
  }

  /** Whether a trial should end after this epoch. */
  shouldPrune({ number, intermediate }: Trial, epoch: number, trials: readonly Trial[]): boolean {
    if (this.#plan.pruner === null) return false
    const reported = intermediate.filter((known) => known.epoch <= epoch).map(({ epoch, value }) => [epoch, value])
    return direct(() => this.#native.shouldPrune(JSON.stringify(reported), this.#history(number, trials)))
  }

  /**
   * The whole point of a trial that is asked for by some of its parameters.
   *
   * @throws {VaeError} `ERR_VAE_OPTION`
   */
  completed(params: Params): Params {
    const json = encodeOptions(params)
    return JSON.parse(direct(() => this.#native.completed(json)))
  }

  /** Lets others continue the study. */
  release(): void {
    this.#native.unlock()
  }

  /** How many trials a trial knows: the first ones. */
  #known(number: number): number {
    return Math.max(0, number - this.jobs + 1)
  }

  #history(number: number, trials: readonly Trial[]): string {
    const ended = trials.slice(0, this.#known(number)).filter(({ state }) => state === 'complete' || state === 'pruned')
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
