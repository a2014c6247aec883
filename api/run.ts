import { randomUUID } from 'node:crypto'
import { decodeEvent, decodeRecord, type EventContext } from './decode-event.js'
import { encodeOptions } from './encode-options.js'
import { fromNative, optionError, VaeError } from './errors.js'
import { type Ending, EventQueue, type Resolver, type Subscriber } from './event-queue.js'
import { type Control, type EndEvent, type EndStatus, type EventOf, eventTypes, type TrainingEvent } from './events.js'
import { callSync, type NativeEvent, type NativeRun } from './native.js'
import type { Beta, LearningRate, Posterior } from './options.js'
import { Vae } from './vae.js'

/** Interval at which the engine is polled for events; nothing native ever calls into JavaScript. */
const POLL_INTERVAL_MS = 10

/** Types of the events that a late iterator receives first. */
const replayedTypes: ReadonlySet<TrainingEvent['type']> = new Set(['start', 'epoch', 'control', 'end'])

/** State of a run after each control. */
const stateAfter: Partial<Record<Control['name'], RunState>> = { pause: 'paused', step: 'paused', resume: 'running' }

/** The part of the addon's run that a {@link TrainingRun} uses. */
export type RunHandle = Pick<NativeRun, 'poll' | 'command' | 'abort' | 'progress' | 'history' | 'model'>

/** Progress of a run. */
export interface Progress {
  /** Current epoch, from 1. */
  readonly epoch: number
  /** Number of epochs of the run. */
  readonly epochs: number
  /** Optimiser steps taken. */
  readonly step: number
  /** Number of optimiser steps of the run. */
  readonly steps: number
  readonly examplesPerSecond: number
  /** Estimated seconds left; NaN while there is no estimate. */
  readonly secondsLeft: number
}

/** State of a run. */
export type RunState = 'starting' | 'running' | 'paused' | EndStatus

/** Context of a run, besides its handle. */
export interface RunContext extends Pick<EventContext, 'shape' | 'range'> {
  out?: string | undefined
  signal?: AbortSignal | undefined
}

/**
 * A training run in progress: a promise of the model, and an async iterable of its events. Use either or both.
 *
 * ```ts
 * const run = trainVae(train, { beta: 5, validation: test })
 * for await (const event of run) if (event.type === 'epoch') console.log(event.epoch, event.validation?.elbo)
 * const vae = await run
 * ```
 *
 * As a promise it resolves to the model when training is complete or stopped, and rejects if it failed, diverged, or
 * was aborted (then with `signal.reason`).
 *
 * As an iterable it yields every event up to `end`; if the run failed, it then throws the rejection of the promise.
 * Consumers are independent. A late one first receives `start`, and the epochs and controls so far; a slow one misses
 * only steps and probes; one that leaves with `break` does not stop the run, on purpose. `run.stop()` does, and so does
 * leaving the scope of `await using run = trainVae(…)`. Once iterated, a run that fails causes no `unhandledRejection`:
 * the loop throws.
 *
 * The process stays alive until the run ends. An `async` function awaits a run that it returns, like every promise:
 * return `{ run }` to hand out the run itself.
 */
export class TrainingRun<P extends Posterior = Posterior>
  extends Promise<Vae<P>>
  implements AsyncIterable<TrainingEvent>, AsyncDisposable
{
  /** Unique identifier of this run. */
  readonly id: string = randomUUID()
  /** Folder of the run's record, if it has one. */
  readonly out: string | undefined
  /** The `start` event; rejects if the run ends before it starts. */
  readonly started: Promise<EventOf<'start'>>

  readonly #native: RunHandle
  readonly #context: EventContext
  readonly #signal: AbortSignal | undefined
  readonly #abort = () => this.#native.abort()
  readonly #timer: NodeJS.Timeout
  readonly #queues = new Set<Subscriber>()
  readonly #pending = new Map<number, Resolver<TrainingEvent>>()
  readonly #history: EventOf<'epoch'>[]
  readonly #replay: TrainingEvent[] = []
  readonly #model: Resolver<Vae<P>>
  readonly #start: Resolver<EventOf<'start'>>
  #state: RunState = 'starting'
  #ending: Ending | undefined

  /** Makes `then` return an ordinary promise: only `trainVae` creates runs. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** @internal */
  constructor(native: RunHandle, { shape, range, out, signal }: RunContext) {
    let model!: Resolver<Vae<P>>
    super((resolve, reject) => {
      model = { resolve, reject }
    })
    let start!: Resolver<EventOf<'start'>>
    this.started = new Promise((resolve, reject) => {
      start = { resolve, reject }
    })
    // The run itself reports a failure; a caller that awaits `started` still receives it.
    this.started.catch(() => {})
    this.#model = model
    this.#start = start
    this.#native = native
    this.#context = { shape, range, latentDim: 0 }
    this.#history = JSON.parse(native.history).map(decodeRecord)
    this.out = out
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort, { once: true })
    this.#timer = setInterval(() => this.#poll(), POLL_INTERVAL_MS)
  }

  /** State of the run, by the events so far. */
  get state(): RunState {
    return this.#state
  }

  /** Progress of the run: a snapshot, to poll. */
  get progress(): Progress {
    const { state: _, ...progress } = JSON.parse(callSync(() => this.#native.progress))
    return { ...progress, secondsLeft: progress.secondsLeft ?? Number.NaN }
  }

  /** The `epoch` events so far, including those of the run that this one continues. */
  get history(): readonly EventOf<'epoch'>[] {
    return this.#history
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<TrainingEvent> {
    return this.#subscribe((_): _ is TrainingEvent => true)
  }

  /**
   * Iterates over the events of these types only.
   *
   * ```ts
   * for await (const { epoch, validation } of run.events('epoch')) console.log(epoch, validation?.elbo)
   * ```
   *
   * @throws {VaeError} `ERR_VAE_OPTION` for an unknown type.
   */
  events<T extends TrainingEvent['type']>(...types: readonly T[]): AsyncIterable<EventOf<T>> {
    for (const type of types) {
      if (!eventTypes.includes(type)) throw optionError('types', `some of ${eventTypes.join(', ')}`, String(type))
    }
    const accepts = (event: TrainingEvent): event is EventOf<T> => (types as readonly string[]).includes(event.type)
    return { [Symbol.asyncIterator]: () => this.#subscribe(accepts) }
  }

  /**
   * Pauses training after the current step; resolves with the step at which it took effect.
   *
   * @throws {VaeError} `ERR_VAE_ENDED` if the run has ended, as for every control.
   */
  async pause(): Promise<Control> {
    return (await this.#command({ name: 'pause' })) as Control
  }

  /** Continues after {@link pause} or {@link step}. */
  async resume(): Promise<Control> {
    return (await this.#command({ name: 'resume' })) as Control
  }

  /** Takes one optimiser step and pauses training after it; resolves when the step is done. */
  async step(): Promise<Control> {
    return (await this.#command({ name: 'step' })) as Control
  }

  /** Sets β, the weight of the KL term, from the next step on; replaces the current number, schedule or constraint. */
  async setBeta(beta: Beta): Promise<Control> {
    const { beta: to } = JSON.parse(encodeOptions({ beta }))
    return (await this.#command({ name: 'beta', to })) as Control
  }

  /** Sets Adam's step size, from the next step on; replaces the current number or schedule. */
  async setLearningRate(learningRate: LearningRate): Promise<Control> {
    const { learningRate: to } = JSON.parse(encodeOptions({ learningRate }))
    return (await this.#command({ name: 'learningRate', to })) as Control
  }

  /**
   * Writes a checkpoint now, from which training can be resumed bit for bit. If that fails, training continues.
   *
   * @param path File to write; by default the checkpoint of `out`.
   * @throws {VaeError} `ERR_VAE_OPTION` without a path and `out`, `ERR_VAE_IO` if the checkpoint cannot be written.
   */
  async checkpoint(path?: string): Promise<{ path: string; step: number }> {
    if (path === undefined && this.out === undefined) {
      throw optionError(
        'path',
        'a path, as this run has no folder',
        'nothing',
        'give checkpoint a path, or the run an `out`',
      )
    }
    const event = (await this.#command({ name: 'checkpoint', path })) as EventOf<'checkpoint'>
    return { path: event.path, step: event.step }
  }

  /** Finishes the current step, ends the run as `'stopped'` and resolves to the model. */
  stop(): Promise<Vae<P>> {
    // The run's own promise reports the result, whatever the outcome.
    this.#command({ name: 'stop' }).catch(() => {})
    return this.then()
  }

  /** Stops the run and waits for its end, whatever the outcome. */
  async [Symbol.asyncDispose](): Promise<void> {
    // Reads to the end without handling the promise: an unseen failure still reaches `unhandledRejection`.
    const end = this.#attach(isEnd)
    this.#command({ name: 'stop' }).catch(() => {})
    await end.next()
  }

  async #command(command: { name: string; to?: number; path?: string | undefined }): Promise<TrainingEvent> {
    if (this.#ending) throw endedError()
    const id = callSync(() => this.#native.command(encodeOptions(command)))
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }))
  }

  #subscribe<E extends TrainingEvent>(accepts: (event: TrainingEvent) => event is E): EventQueue<E> {
    this.catch(() => {}) // the loop throws what the promise rejects with
    return this.#attach(accepts)
  }

  #attach<E extends TrainingEvent>(accepts: (event: TrainingEvent) => event is E): EventQueue<E> {
    const queue: EventQueue<E> = new EventQueue(accepts, () => this.#queues.delete(queue))
    for (const event of this.#replay) queue.push(event)
    if (this.#ending) queue.end(this.#ending)
    else this.#queues.add(queue)
    return queue
  }

  #poll(): void {
    try {
      for (const event of this.#native.poll()) this.#receive(event)
    } catch (error) {
      this.#native.abort()
      const last = this.#replay.at(-1) ?? { step: 0, epoch: 0, seconds: 0 }
      const { step, epoch, seconds } = last
      this.#end({
        type: 'end',
        step,
        epoch,
        seconds,
        status: 'failed',
        epochs: this.#history.length,
        error: fromNative(error),
      })
    }
  }

  #receive(native: NativeEvent): void {
    const event = decodeEvent(native, this.#context)
    if (event.type === 'end') {
      this.#end(event)
      return
    }
    if (event.type === 'start') {
      this.#context.latentDim = event.options.latentDim ?? 0
      this.#state = 'running'
      this.#start.resolve(event)
    } else if (event.type === 'epoch') this.#history.push(event)
    else if (event.type === 'control') this.#state = stateAfter[event.name] ?? this.#state
    this.#publish(event)
    if (native.command !== undefined) this.#settleCommand(native.command, event)
  }

  #settleCommand(command: number, event: TrainingEvent): void {
    const control = this.#pending.get(command)
    this.#pending.delete(command)
    if (event.type === 'warning') control?.reject(new VaeError({ code: 'ERR_VAE_IO', message: event.message }))
    else control?.resolve(event)
  }

  #publish(event: TrainingEvent): void {
    if (replayedTypes.has(event.type)) this.#replay.push(event)
    for (const queue of this.#queues) queue.push(event)
  }

  #end(end: EndEvent): void {
    if (this.#ending) return
    clearInterval(this.#timer)
    this.#signal?.removeEventListener('abort', this.#abort)
    const outcome = this.#outcome(end)
    this.#state = outcome.end.status
    this.#publish(outcome.end)
    this.#ending = outcome.vae ? {} : { failure: { reason: outcome.reason } }
    for (const queue of this.#queues) queue.end(this.#ending)
    this.#queues.clear()
    for (const control of this.#pending.values()) control.reject(endedError())
    this.#pending.clear()
    this.#start.reject(outcome.vae ? endedError() : outcome.reason)
    if (outcome.vae) this.#model.resolve(outcome.vae)
    else this.#model.reject(outcome.reason)
  }

  /** Outcome of the engine's end: a model, or the reason why there is none. */
  #outcome(end: EndEvent): { end: EndEvent; vae: Vae<P> } | { end: EndEvent; vae?: never; reason: unknown } {
    if (end.status === 'aborted') {
      const { error = abortedError(), ...rest } = end
      return { end: rest, reason: this.#signal?.aborted ? this.#signal.reason : error }
    }
    try {
      const native = this.#native.model()
      const vae = native === null ? undefined : new Vae<P>(native)
      if (end.status === 'completed' || end.status === 'stopped') {
        if (vae) return { end, vae }
        throw new VaeError({ code: 'ERR_VAE_INTERNAL', message: `The run ended as ${end.status} without a model.` })
      }
      const error = end.error ?? new VaeError({ code: 'ERR_VAE_INTERNAL', message: 'The run failed without a reason.' })
      const reason = vae ? new VaeError({ ...error.toJSON(), lastGood: vae as Vae }) : error
      return { end: { ...end, error: reason }, reason }
    } catch (error) {
      const reason = fromNative(error)
      return { end: { ...end, status: 'failed', error: reason }, reason }
    }
  }
}

/** Handle of a run that was aborted before it began: it touches nothing, and ends like any aborted run. */
export const neverStarted: RunHandle = {
  poll: () => [{ json: '{"type":"end","status":"aborted","step":0,"epoch":0,"seconds":0,"epochs":0}' }],
  command: () => {
    throw endedError()
  },
  abort: () => {},
  progress: '{"epoch":0,"epochs":0,"step":0,"steps":0,"examplesPerSecond":0,"secondsLeft":null}',
  history: '[]',
  model: () => null,
}

function isEnd(event: TrainingEvent): event is EndEvent {
  return event.type === 'end'
}

function endedError(): VaeError {
  return new VaeError({ code: 'ERR_VAE_ENDED', message: 'The run has ended.' })
}

function abortedError(): VaeError {
  return new VaeError({ code: 'ERR_VAE_ABORTED', message: 'The run was aborted.' })
}
