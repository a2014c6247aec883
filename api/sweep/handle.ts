import { wholeNumber } from '../encode-options.js'
import { fromNative, VaeError } from '../errors.js'
import { type Ending, EventQueue, type Resolver } from '../event-queue.js'
import type { SweepEvent, SweepStart, SweepStatus, TrialRun } from './events.js'
import type { Params } from './options.js'
import type { StudyPlan } from './replay.js'
import type { Search } from './search.js'
import type { StudyStore } from './study.js'
import { type TrialContext, trainTrial } from './train-trial.js'
import { bestOf, hasEnded, paretoOf, type Trial } from './trial.js'

/** Result of a sweep. */
export interface SweepResult {
  readonly status: 'completed' | 'stopped'
  /** All trials, by number; after a stop, some are waiting. */
  readonly trials: readonly Trial[]
  /** Complete trial with the best value; absent if there is none. */
  readonly best?: Trial
  /** Pareto front of the complete trials in KL and reconstruction, sorted by KL. */
  readonly pareto: readonly Trial[]
}

/** Parts of a sweep. */
export interface SweepParts extends Pick<TrialContext, 'start'> {
  readonly out: string
  readonly study: StudyStore
  readonly search: Search
  readonly signal: AbortSignal | undefined
}

/**
 * A sweep in progress: a promise of its trials, and an async iterable of its events. Use either or both.
 *
 * ```ts
 * const study = sweep(train, { out: 'sweeps/beta', vary: { beta: [0, 1, 5, 50] }, seeds: 3, validation: test })
 * for await (const event of study) if (event.type === 'trial') console.log(event.trial.number, event.trial.state)
 * const { best, pareto } = await study
 * ```
 *
 * As a promise it resolves when all trials have ended, even if all of them failed, or when the sweep was stopped; it
 * rejects if the study could not be written, or was aborted (then with `signal.reason`).
 *
 * As an iterable it yields every event up to `end`; a late consumer first receives `start`, the current state of the
 * trials that have begun, and the runs in progress. If the sweep failed, it then throws the rejection of the promise.
 */
export class Sweep extends Promise<SweepResult> implements AsyncIterable<SweepEvent>, AsyncDisposable {
  /** Folder of the study. */
  readonly out: string

  readonly #study: StudyStore
  readonly #search: Search
  readonly #start: TrialContext['start']
  readonly #signal: AbortSignal | undefined
  readonly #abort = () => this.#halt('aborted')
  readonly #result: Resolver<SweepResult>
  readonly #queues = new Set<EventQueue<SweepEvent, SweepEvent>>()
  /** Trials in progress, each with its run once that has started. */
  readonly #running = new Map<number, TrialRun | undefined>()
  /** Trials reported by an event. */
  readonly #reported = new Set<number>()
  #started: SweepStart | undefined
  #halted: Exclude<SweepStatus, 'completed'> | undefined
  #failure: VaeError | undefined
  #isClosing = false
  #end: { event: SweepEvent; ending: Ending } | undefined

  /** Makes `then` return an ordinary promise: only `sweep` creates sweeps. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** @internal */
  constructor({ out, study, search, start, signal }: SweepParts) {
    let result!: Resolver<SweepResult>
    super((resolve, reject) => {
      result = { resolve, reject }
    })
    this.#result = result
    this.out = out
    this.#study = study
    this.#search = search
    this.#start = start
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort, { once: true })
    // Deferred, so that the caller can subscribe first.
    queueMicrotask(() => this.#begin())
  }

  /** Options of the study, defaults filled in. */
  get plan(): StudyPlan {
    return this.#study.plan
  }

  /** All trials, by number: a snapshot. */
  get trials(): readonly Trial[] {
    return [...this.#study.trials]
  }

  /** Complete trial with the best value so far. */
  get best(): Trial | undefined {
    return bestOf(this.#study.trials, this.plan.direction)
  }

  /** Pareto front of the complete trials in KL and reconstruction, sorted by KL. */
  get pareto(): readonly Trial[] {
    return paretoOf(this.#study.trials)
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<SweepEvent> {
    this.catch(() => {}) // the loop throws what the promise rejects with
    return this.#attach()
  }

  /**
   * Adds a trial, which begins after all others.
   *
   * @param params Values of varied options: numbers need not be in `vary`, words must be. The default of each is the
   *   first value of its list, or the low end of its range.
   * @param seed Default: the `seed` of the sweep.
   * @throws {VaeError} `ERR_VAE_OPTION` for values that cannot be trained, `ERR_VAE_ENDED` if the sweep has ended.
   */
  add(params: Params, seed: number = this.plan.options.seed): Trial {
    if (this.#isClosing || this.#halted) throw new VaeError({ code: 'ERR_VAE_ENDED', message: 'The sweep has ended.' })
    const trial = this.#study.add(
      this.#search.completeParams(params),
      wholeNumber('seed', seed, 0, Number.MAX_SAFE_INTEGER),
    )
    this.#publish({ type: 'trial', trial })
    this.#startTrials()
    return trial
  }

  /** Writes a checkpoint of every trial in progress and ends the sweep as `'stopped'`; it can be resumed. */
  stop(): Promise<SweepResult> {
    this.#halt('stopped')
    return this.then()
  }

  /** Stops the sweep and waits for its end, whatever the outcome. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => {})
  }

  #begin(): void {
    const { trials } = this.#study
    const { jobs, threads } = this.#search
    this.#started = { type: 'start', trials: trials.length, ended: trials.filter(hasEnded).length, jobs, threads }
    this.#publish(this.#started)
    if (this.#signal?.aborted) this.#abort()
    this.#startTrials()
  }

  /** Starts every trial that may begin, in order; ends the sweep when there is nothing left to do. */
  #startTrials(): void {
    if (!this.#started) return
    while (this.#halted === undefined && this.#running.size < this.#search.jobs) {
      const { trials } = this.#study
      const next = trials.find((trial) => !hasEnded(trial) && !this.#running.has(trial.number))
      if (next === undefined || !this.#search.canBegin(next.number, trials)) break
      this.#train(next.number)
    }
    if (this.#running.size === 0 && !this.#isClosing) this.#close()
  }

  async #train(number: number): Promise<void> {
    this.#running.set(number, undefined)
    const context = {
      study: this.#study,
      search: this.#search,
      start: this.#start,
      isStopping: () => this.#halted !== undefined,
    }
    try {
      for await (const event of trainTrial(number, context)) {
        if (event.type === 'run') this.#running.set(number, event)
        this.#publish(event)
      }
    } catch (error) {
      this.#failure ??= fromNative(error)
      this.#halt('failed')
    }
    this.#running.delete(number)
    this.#startTrials()
  }

  #halt(status: Exclude<SweepStatus, 'completed'>): void {
    if (this.#isClosing) return
    this.#halted = this.#failure ? 'failed' : (this.#halted ?? status)
    // Events report the end of each run. The runs of an aborted sweep have the signal themselves.
    if (status !== 'aborted') for (const event of this.#running.values()) event?.run.stop().catch(() => {})
    this.#startTrials()
  }

  async #close(): Promise<void> {
    this.#isClosing = true
    this.#signal?.removeEventListener('abort', this.#abort)
    await this.#study.close()
    this.#search.release()
    const { best, pareto, trials } = this
    const isDone = this.#failure === undefined && trials.every(hasEnded)
    const status = isDone ? 'completed' : (this.#halted ?? 'failed')
    const error = this.#failure
    const event: SweepEvent = { type: 'end', status, ...(best && { best }), ...(error && { error }) }
    this.#publish(event)
    const succeeded = status === 'completed' || status === 'stopped'
    const reason = error ?? this.#signal?.reason
    const ending: Ending = succeeded ? {} : { failure: { reason } }
    this.#end = { event, ending }
    for (const queue of this.#queues) queue.end({ ...ending })
    this.#queues.clear()
    if (succeeded) this.#result.resolve({ status, trials, ...(best && { best }), pareto })
    else this.#result.reject(reason)
  }

  #publish(event: SweepEvent): void {
    if (event.type === 'trial') this.#reported.add(event.trial.number)
    for (const queue of this.#queues) queue.push(event)
  }

  #attach(): EventQueue<SweepEvent, SweepEvent> {
    const queue: EventQueue<SweepEvent, SweepEvent> = new EventQueue(
      (_): _ is SweepEvent => true,
      () => this.#queues.delete(queue),
    )
    for (const event of this.#replay()) queue.push(event)
    if (this.#end) queue.end({ ...this.#end.ending })
    else this.#queues.add(queue)
    return queue
  }

  /** Events that a late consumer receives first. */
  #replay(): SweepEvent[] {
    if (!this.#started) return []
    const begun = this.#study.trials.filter((trial) => this.#reported.has(trial.number) || hasEnded(trial))
    const runs = [...this.#running.values()].filter((run) => run !== undefined)
    return [
      this.#started,
      ...begun.map((trial) => ({ type: 'trial', trial }) as const),
      ...runs,
      ...(this.#end ? [this.#end.event] : []),
    ]
  }
}
