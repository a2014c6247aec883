import { wholeNumber } from '../encode-options.js'
import { fromNative, VaeError } from '../errors.js'
import { type Ending, EventQueue, type Settle } from '../event-queue.js'
import type { SweepEvent, SweepStart, SweepStatus, TrialRun } from './events.js'
import type { Params } from './options.js'
import type { StudyPlan } from './replay.js'
import type { Search } from './search.js'
import type { Study } from './study.js'
import { type Bench, trainTrial } from './train-trial.js'
import { bestOf, hasEnded, paretoOf, type Trial } from './trial.js'

/** What came of a sweep. */
export interface SweepResult {
  readonly status: 'completed' | 'stopped'
  /** All trials, by their numbers; of a sweep that was stopped some are waiting. */
  readonly trials: readonly Trial[]
  /** The complete trial with the best value; nothing if there is none. */
  readonly best?: Trial
  /** The complete trials of which none has both less KL and less reconstruction, by their KL. */
  readonly pareto: readonly Trial[]
}

/** What a sweep is made of. */
export interface SweepParts extends Pick<Bench, 'start'> {
  readonly out: string
  readonly study: Study
  readonly search: Search
  readonly signal: AbortSignal | undefined
}

/**
 * A sweep under way: a promise of its trials, and an async iterable of what happens on the way. Either alone is fine.
 *
 * ```ts
 * const study = sweep(train, { out: 'sweeps/beta', vary: { beta: [0, 1, 5, 50] }, seeds: 3, validation: test })
 * for await (const event of study) if (event.type === 'trial') console.log(event.trial.number, event.trial.state)
 * const { best, pareto } = await study
 * ```
 *
 * As a promise it resolves when all trials have ended, also if all of them failed, or when the sweep was stopped; it
 * rejects if the study could not be written, or was aborted (then with `signal.reason`).
 *
 * As an iterable it yields every event up to `end`; a consumer that comes late is first given `start`, the trials that have
 * begun as they stand, and the runs under way. If the sweep failed it then throws what the promise rejects with.
 */
export class Sweep extends Promise<SweepResult> implements AsyncIterable<SweepEvent>, AsyncDisposable {
  /** The folder of the study. */
  readonly out: string

  readonly #study: Study
  readonly #search: Search
  readonly #start: Bench['start']
  readonly #signal: AbortSignal | undefined
  readonly #abort = () => this.#halt('aborted')
  readonly #result: Settle<SweepResult>
  readonly #queues = new Set<EventQueue<SweepEvent, SweepEvent>>()
  /** The trials under way; a run comes with its first step. */
  readonly #underway = new Map<number, TrialRun | undefined>()
  /** The trials that have been told of. */
  readonly #known = new Set<number>()
  #started: SweepStart | undefined
  #halted: Exclude<SweepStatus, 'completed'> | undefined
  #failure: VaeError | undefined
  #isClosing = false
  #end: { event: SweepEvent; ending: Ending } | undefined

  /** What `then` makes is an ordinary promise: only `sweep` makes sweeps. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** @internal */
  constructor({ out, study, search, start, signal }: SweepParts) {
    let result!: Settle<SweepResult>
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
    // Not before whoever called has had time to listen.
    queueMicrotask(() => this.#begin())
  }

  /** What was asked for, defaults filled in. */
  get plan(): StudyPlan {
    return this.#study.plan
  }

  /** All trials, by their numbers: a snapshot. */
  get trials(): readonly Trial[] {
    return [...this.#study.trials]
  }

  /** The complete trial with the best value so far. */
  get best(): Trial | undefined {
    return bestOf(this.#study.trials, this.plan.direction)
  }

  /** The complete trials of which none has both less KL and less reconstruction, by their KL. */
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
   * @param params What is varied: numbers may be others than those of `vary`, words must be among them. What is not said
   *   is the first value of its list, or the low end of its range.
   * @param seed Default `seed` of the sweep.
   * @throws {VaeError} `ERR_VAE_OPTION` for what cannot be trained, `ERR_VAE_ENDED` if the sweep has ended.
   */
  add(params: Params, seed: number = this.plan.options.seed): Trial {
    if (this.#isClosing || this.#halted) throw new VaeError({ code: 'ERR_VAE_ENDED', message: 'The sweep has ended.' })
    const trial = this.#study.add(this.#search.completed(params), wholeNumber('seed', seed, 0, Number.MAX_SAFE_INTEGER))
    this.#tell({ type: 'trial', trial })
    this.#fill()
    return trial
  }

  /** Writes a checkpoint of every trial under way and ends the sweep as `'stopped'`: it can be continued. */
  stop(): Promise<SweepResult> {
    this.#halt('stopped')
    return this.then()
  }

  /** Stops the sweep and waits for its end, whatever that is. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => {})
  }

  #begin(): void {
    const { trials } = this.#study
    const { jobs, threads } = this.#search
    this.#started = { type: 'start', trials: trials.length, ended: trials.filter(hasEnded).length, jobs, threads }
    this.#tell(this.#started)
    if (this.#signal?.aborted) this.#abort()
    this.#fill()
  }

  /** Begins as many trials as may, in the order of their numbers; ends the sweep when there is nothing left to do. */
  #fill(): void {
    if (!this.#started) return
    while (this.#halted === undefined && this.#underway.size < this.#search.jobs) {
      const { trials } = this.#study
      const next = trials.find((trial) => !hasEnded(trial) && !this.#underway.has(trial.number))
      if (next === undefined || !this.#search.mayBegin(next.number, trials)) break
      this.#train(next.number)
    }
    if (this.#underway.size === 0 && !this.#isClosing) this.#close()
  }

  async #train(number: number): Promise<void> {
    this.#underway.set(number, undefined)
    const bench = {
      study: this.#study,
      search: this.#search,
      start: this.#start,
      isLeaving: () => this.#halted !== undefined,
    }
    try {
      for await (const event of trainTrial(number, bench)) {
        if (event.type === 'run') this.#underway.set(number, event)
        this.#tell(event)
      }
    } catch (error) {
      this.#failure ??= fromNative(error)
      this.#halt('failed')
    }
    this.#underway.delete(number)
    this.#fill()
  }

  #halt(why: Exclude<SweepStatus, 'completed'>): void {
    if (this.#isClosing) return
    this.#halted = this.#failure ? 'failed' : (this.#halted ?? why)
    // How runs end is told by their events. Those of a sweep that is aborted have the signal themselves.
    if (why !== 'aborted') for (const underway of this.#underway.values()) underway?.run.stop().catch(() => {})
    this.#fill()
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
    this.#tell(event)
    const isWell = status === 'completed' || status === 'stopped'
    const reason = error ?? this.#signal?.reason
    const ending: Ending = isWell ? {} : { failure: { reason } }
    this.#end = { event, ending }
    for (const queue of this.#queues) queue.end({ ...ending })
    this.#queues.clear()
    if (isWell) this.#result.resolve({ status, trials, ...(best && { best }), pareto })
    else this.#result.reject(reason)
  }

  #tell(event: SweepEvent): void {
    if (event.type === 'trial') this.#known.add(event.trial.number)
    for (const queue of this.#queues) queue.push(event)
  }

  #attach(): EventQueue<SweepEvent, SweepEvent> {
    const queue: EventQueue<SweepEvent, SweepEvent> = new EventQueue(
      (_): _ is SweepEvent => true,
      () => this.#queues.delete(queue),
    )
    for (const event of this.#soFar()) queue.push(event)
    if (this.#end) queue.end({ ...this.#end.ending })
    else this.#queues.add(queue)
    return queue
  }

  /** What a consumer that comes late is given. */
  #soFar(): SweepEvent[] {
    if (!this.#started) return []
    const begun = this.#study.trials.filter((trial) => this.#known.has(trial.number) || hasEnded(trial))
    const runs = [...this.#underway.values()].filter((run) => run !== undefined)
    return [
      this.#started,
      ...begun.map((trial) => ({ type: 'trial', trial }) as const),
      ...runs,
      ...(this.#end ? [this.#end.event] : []),
    ]
  }
}
