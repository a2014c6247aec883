import { randomUUID } from 'node:crypto'
import { decodeEvent, decodeRecord, type EventContext } from './decode-event.js'
import { encodeOptions } from './encode-options.js'
import { fromNative, optionError, VaeError } from './errors.js'
import { type Ending, EventQueue, type Settle, type Subscriber } from './event-queue.js'
import { type Control, type EndEvent, type EndStatus, type EventOf, eventTypes, type TrainingEvent } from './events.js'
import { direct, type NativeEvent, type NativeRun } from './native.js'
import type { Beta, LearningRate, Posterior } from './options.js'
import { Vae } from './vae.js'

/** The engine is asked for news this often; nothing native ever calls into JavaScript. */
const POLL_INTERVAL_MS = 10

/** Types that an iterator is given again when it comes late. */
const replayed: ReadonlySet<TrainingEvent['type']> = new Set(['start', 'epoch', 'control', 'end'])

/** Where controls leave a run. */
const stateAfter: Partial<Record<Control['name'], RunState>> = { pause: 'paused', step: 'paused', resume: 'running' }

/** The part of the addon's run that a {@link TrainingRun} drives. */
export type RunHandle = Pick<NativeRun, 'poll' | 'command' | 'abort' | 'progress' | 'history' | 'model'>

/** How far a run is. */
export interface Progress {
  /** The epoch under way, from 1. */
  readonly epoch: number
  readonly epochs: number
  /** Optimiser steps taken. */
  readonly step: number
  readonly steps: number
  readonly examplesPerSecond: number
  /** An estimate; NaN while there is none. */
  readonly secondsLeft: number
}

/** Where a run stands. */
export type RunState = 'starting' | 'running' | 'paused' | EndStatus

/** What a run knows besides its handle. */
export interface RunContext extends Pick<EventContext, 'shape'> {
  out?: string | undefined
  signal?: AbortSignal | undefined
}

/**
 * A training under way: a promise of the model, and an async iterable of what happens on the way. Either alone is fine.
 *
 * ```ts
 * const run = trainVae(train, { beta: 5, validation: test })
 * for await (const event of run) if (event.type === 'epoch') console.log(event.epoch, event.validation?.elbo)
 * const vae = await run
 * ```
 *
 * As a promise it resolves to the model when training is complete or was stopped, and rejects if it failed, diverged,
 * or was aborted (then with `signal.reason`).
 *
 * As an iterable it yields every event up to `end`; if the run failed it then throws what the promise rejects with.
 * Consumers are independent, may come late (they are first given `start`, and the epochs and controls so far), may be
 * slow (they miss only steps and probes), and may leave: `break` does not stop the run, on purpose. `run.stop()` does,
 * and so does leaving the scope of `await using run = trainVae(…)`. Once iterated, a run that fails causes no
 * `unhandledRejection`: the loop throws.
 *
 * The process stays alive until the run ends. A run that is returned from an `async` function is awaited on the way, as
 * every promise is: return `{ run }` to hand out the run itself.
 */
export class TrainingRun<P extends Posterior = Posterior>
  extends Promise<Vae<P>>
  implements AsyncIterable<TrainingEvent>, AsyncDisposable
{
  /** Tells this run from every other. */
  readonly id: string = randomUUID()
  /** The folder of the run's record, if it has one. */
  readonly out: string | undefined
  /** The `start` event; rejects if the run ends before it starts. */
  readonly started: Promise<EventOf<'start'>>

  readonly #native: RunHandle
  readonly #context: EventContext
  readonly #signal: AbortSignal | undefined
  readonly #abort = () => this.#native.abort()
  readonly #timer: NodeJS.Timeout
  readonly #queues = new Set<Subscriber>()
  readonly #pending = new Map<number, Settle<TrainingEvent>>()
  readonly #history: EventOf<'epoch'>[]
  readonly #replay: TrainingEvent[] = []
  readonly #model: Settle<Vae<P>>
  readonly #start: Settle<EventOf<'start'>>
  #state: RunState = 'starting'
  #ending: Ending | undefined

  /** What `then` makes is an ordinary promise: only `trainVae` makes runs. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** @internal */
  constructor(native: RunHandle, { shape, out, signal }: RunContext) {
    let model!: Settle<Vae<P>>
    super((resolve, reject) => {
      model = { resolve, reject }
    })
    let start!: Settle<EventOf<'start'>>
    this.started = new Promise((resolve, reject) => {
      start = { resolve, reject }
    })
    // A failure is told by the run itself; whoever awaits `started` still gets it.
    this.started.catch(() => {})
    this.#model = model
    this.#start = start
    this.#native = native
    this.#context = { shape, latentDim: 0 }
    this.#history = JSON.parse(native.history).map(decodeRecord)
    this.out = out
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort, { once: true })
    this.#timer = setInterval(() => this.#poll(), POLL_INTERVAL_MS)
  }

  /** Where the run stands, by the events so far. */
  get state(): RunState {
    return this.#state
  }

  /** How far the run is: a snapshot, to poll. */
  get progress(): Progress {
    const { state: _, ...progress } = JSON.parse(direct(() => this.#native.progress))
    return { ...progress, secondsLeft: progress.secondsLeft ?? Number.NaN }
  }

  /** The `epoch` events so far, with those of the run that this one continues. */
  get history(): readonly EventOf<'epoch'>[] {
    return this.#history
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<TrainingEvent> {
    return this.#subscribe((_): _ is TrainingEvent => true)
  }

  /**
   * Only the events of these types.
   *
   * ```ts
   * for await (const { epoch, validation } of run.events('epoch')) console.log(epoch, validation?.elbo)
   * ```
   */
  events<T extends TrainingEvent['type']>(...types: readonly T[]): AsyncIterable<EventOf<T>> {
    for (const type of types) {
      if (!eventTypes.includes(type)) throw optionError('types', `some of ${eventTypes.join(', ')}`, String(type))
    }
    const accepts = (event: TrainingEvent): event is EventOf<T> => (types as readonly string[]).includes(event.type)
    return { [Symbol.asyncIterator]: () => this.#subscribe(accepts) }
  }

  /**
   * Holds training after the step under way; resolves with the step at which it took effect.
   *
   * @throws {VaeError} `ERR_VAE_ENDED` if the run has ended, as for every control.
   */
  async pause(): Promise<Control> {
    return (await this.#command({ name: 'pause' })) as Control
  }

  /** Goes on after {@link pause} or {@link step}. */
  async resume(): Promise<Control> {
    return (await this.#command({ name: 'resume' })) as Control
  }

  /** Takes one optimiser step and holds training after it; resolves when it has been taken. */
  async step(): Promise<Control> {
    return (await this.#command({ name: 'step' })) as Control
  }

  /** Weighs the KL term anew, from the next step on: replaces the number, schedule or constraint that held. */
  async setBeta(beta: Beta): Promise<Control> {
    const { beta: to } = JSON.parse(encodeOptions({ beta }))
    return (await this.#command({ name: 'beta', to })) as Control
  }

  /** Changes Adam's step size, from the next step on: replaces the number or schedule that held. */
  async setLearningRate(learningRate: LearningRate): Promise<Control> {
    const { learningRate: to } = JSON.parse(encodeOptions({ learningRate }))
    return (await this.#command({ name: 'learningRate', to })) as Control
  }

  /**
   * Writes a checkpoint now, from which training can be resumed bit for bit. If that fails, training goes on.
   *
   * @param path Where to; by default the checkpoint of `out`.
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

  /** Finishes the step under way, ends the run as `'stopped'` and resolves to the model. */
  stop(): Promise<Vae<P>> {
    // The answer is the end of the run, in whichever way it comes.
    this.#command({ name: 'stop' }).catch(() => {})
    return this.then()
  }

  /** Stops the run and waits for its end, whatever that is. */
  async [Symbol.asyncDispose](): Promise<void> {
    // Reading to the end without touching the promise leaves a failure that nobody saw to `unhandledRejection`.
    const end = this.#attach(isEnd)
    this.#command({ name: 'stop' }).catch(() => {})
    await end.next()
  }

  async #command(command: { name: string; to?: number; path?: string | undefined }): Promise<TrainingEvent> {
    if (this.#ending) throw ended()
    const id = direct(() => this.#native.command(encodeOptions(command)))
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
    this.#tell(event)
    if (native.command !== undefined) this.#answer(native.command, event)
  }

  #answer(command: number, event: TrainingEvent): void {
    const control = this.#pending.get(command)
    this.#pending.delete(command)
    if (event.type === 'warning') control?.reject(new VaeError({ code: 'ERR_VAE_IO', message: event.message }))
    else control?.resolve(event)
  }

  #tell(event: TrainingEvent): void {
    if (replayed.has(event.type)) this.#replay.push(event)
    for (const queue of this.#queues) queue.push(event)
  }

  #end(end: EndEvent): void {
    if (this.#ending) return
    clearInterval(this.#timer)
    this.#signal?.removeEventListener('abort', this.#abort)
    const outcome = this.#outcome(end)
    this.#state = outcome.end.status
    this.#tell(outcome.end)
    this.#ending = outcome.vae ? {} : { failure: { reason: outcome.reason } }
    for (const queue of this.#queues) queue.end(this.#ending)
    this.#queues.clear()
    for (const control of this.#pending.values()) control.reject(ended())
    this.#pending.clear()
    this.#start.reject(outcome.vae ? ended() : outcome.reason)
    if (outcome.vae) this.#model.resolve(outcome.vae)
    else this.#model.reject(outcome.reason)
  }

  /** What the end of the engine means here: a model, or the reason why there is none. */
  #outcome(end: EndEvent): { end: EndEvent; vae: Vae<P> } | { end: EndEvent; vae?: never; reason: unknown } {
    if (end.status === 'aborted') {
      const { error = aborted(), ...rest } = end
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

/** A run that was aborted before it began: it touches nothing, and ends as any aborted run does. */
export const neverStarted: RunHandle = {
  poll: () => [{ json: '{"type":"end","status":"aborted","step":0,"epoch":0,"seconds":0,"epochs":0}' }],
  command: () => {
    throw ended()
  },
  abort: () => {},
  progress: '{"epoch":0,"epochs":0,"step":0,"steps":0,"examplesPerSecond":0,"secondsLeft":null}',
  history: '[]',
  model: () => null,
}

function isEnd(event: TrainingEvent): event is EndEvent {
  return event.type === 'end'
}

function ended(): VaeError {
  return new VaeError({ code: 'ERR_VAE_ENDED', message: 'The run has ended.' })
}

function aborted(): VaeError {
  return new VaeError({ code: 'ERR_VAE_ABORTED', message: 'The run was aborted.' })
}
