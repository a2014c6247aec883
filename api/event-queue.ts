import type { StepEvent, TrainingEvent } from './events.js'

/** Any event; `type` is its kind. */
export interface TypedEvent {
  readonly type: string
}

/** Types of which only the newest event matters: a slow consumer receives the last one. */
const coalescedTypes: ReadonlySet<string> = new Set(['step', 'probe'] satisfies TrainingEvent['type'][])

/** Resolve and reject functions of a promise. */
export interface Resolver<T> {
  resolve(value: T): void
  reject(reason: unknown): void
}

/** End of a queue: normal, or with a reason to throw at its consumer. */
export type Ending = { failure?: { reason: unknown } }

/** Receiver of a run's events. */
export interface Subscriber<All extends TypedEvent = TrainingEvent> {
  push(event: All): void
  end(ending: Ending): void
}

/**
 * Events of a run or a sweep for one consumer: an async iterator over those pushed since it subscribed.
 *
 * Only steps and probes are dropped, when a newer one replaces them; a step counts those it replaces. Reading waits
 * while the queue is empty and ends after {@link end}; if the run failed, it throws first.
 */
export class EventQueue<E extends All, All extends TypedEvent = TrainingEvent>
  implements AsyncIterableIterator<E>, Subscriber<All>
{
  readonly #events: E[] = []
  readonly #readers: Resolver<IteratorResult<E, undefined>>[] = []
  readonly #accepts: (event: All) => event is E
  readonly #unsubscribe: () => void
  #ending: Ending | undefined

  /**
   * @param accepts Filter of the events for this consumer.
   * @param unsubscribe Called when the consumer leaves early.
   */
  constructor(accepts: (event: All) => event is E, unsubscribe: () => void) {
    this.#accepts = accepts
    this.#unsubscribe = unsubscribe
  }

  push(event: All): void {
    if (!this.#accepts(event)) return
    const reader = this.#readers.shift()
    if (reader) reader.resolve({ done: false, value: event })
    else this.#enqueue(event)
  }

  /** Ends the queue: no event follows, and a failure is thrown once the queue has been read. */
  end(ending: Ending): void {
    this.#ending = ending
    for (const reader of this.#readers.splice(0)) this.#finish().then(reader.resolve, reader.reject)
  }

  async next(): Promise<IteratorResult<E, undefined>> {
    const event = this.#events.shift()
    if (event) return { done: false, value: event }
    if (this.#ending) return this.#finish()
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }))
  }

  /** Unsubscribes a consumer that left its loop; the run continues without it. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#events.length = 0
    this.#unsubscribe()
    this.end({})
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #enqueue(event: E): void {
    if (!coalescedTypes.has(event.type)) {
      this.#events.push(event)
      return
    }
    const index = this.#events.findIndex((queued) => queued.type === event.type)
    const [older] = index < 0 ? [] : this.#events.splice(index, 1)
    this.#events.push(older ? merge(older, event) : event)
  }

  /** Ends the iteration: throws once if the run failed, then is done. */
  async #finish(): Promise<IteratorReturnResult<undefined>> {
    const failure = this.#ending?.failure
    this.#ending = {}
    if (failure) throw failure.reason
    return { done: true, value: undefined }
  }
}

/** Merges two events of one type: the newer one, which counts the older one as dropped. */
function merge<E extends TypedEvent>(older: E, newer: E): E {
  if (!isStep(older) || !isStep(newer)) return newer
  return { ...newer, coalesced: older.coalesced + newer.coalesced + 1 }
}

function isStep(event: TypedEvent): event is StepEvent {
  return event.type === 'step'
}
