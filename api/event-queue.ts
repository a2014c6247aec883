import type { StepEvent, TrainingEvent } from './events.js'

/** What is told: `type` says which event it is. */
export interface Told {
  readonly type: string
}

/** Types of which only the newest matters: a consumer that is slow gets the last one. */
const coalescing: ReadonlySet<string> = new Set(['step', 'probe'] satisfies TrainingEvent['type'][])

/** The two ends of a promise. */
export interface Settle<T> {
  resolve(value: T): void
  reject(reason: unknown): void
}

/** How a queue ends: quietly, or with what its consumer shall be thrown. */
export type Ending = { failure?: { reason: unknown } }

/** What a run tells its events to. */
export interface Subscriber<All extends Told = TrainingEvent> {
  push(event: All): void
  end(ending: Ending): void
}

/**
 * One consumer's view of a run, or of a sweep: an async iterator over the events that were pushed since it subscribed.
 *
 * Nothing is lost but steps and probes that a newer one overtakes; a step says how many it stands for. Reading waits
 * while there is nothing, ends after {@link end}, and first throws if the run failed.
 */
export class EventQueue<E extends All, All extends Told = TrainingEvent>
  implements AsyncIterableIterator<E>, Subscriber<All>
{
  readonly #events: E[] = []
  readonly #waiting: Settle<IteratorResult<E, undefined>>[] = []
  readonly #accepts: (event: All) => event is E
  readonly #unsubscribe: () => void
  #ending: Ending | undefined

  /**
   * @param accepts Which events this consumer wants.
   * @param unsubscribe Called when the consumer leaves early.
   */
  constructor(accepts: (event: All) => event is E, unsubscribe: () => void) {
    this.#accepts = accepts
    this.#unsubscribe = unsubscribe
  }

  push(event: All): void {
    if (!this.#accepts(event)) return
    const reader = this.#waiting.shift()
    if (reader) reader.resolve({ done: false, value: event })
    else this.#enqueue(event)
  }

  /** No event comes after this one; a failure is thrown once the queue has been read. */
  end(ending: Ending): void {
    this.#ending = ending
    for (const reader of this.#waiting.splice(0)) this.#finish().then(reader.resolve, reader.reject)
  }

  async next(): Promise<IteratorResult<E, undefined>> {
    const event = this.#events.shift()
    if (event) return { done: false, value: event }
    if (this.#ending) return this.#finish()
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** The consumer left its loop: the run goes on without it. */
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
    if (!coalescing.has(event.type)) {
      this.#events.push(event)
      return
    }
    const overtaken = this.#events.findIndex((queued) => queued.type === event.type)
    const [older] = overtaken < 0 ? [] : this.#events.splice(overtaken, 1)
    this.#events.push(older ? merge(older, event) : event)
  }

  /** The end of the iteration; throws once if the run failed, then is done. */
  async #finish(): Promise<IteratorReturnResult<undefined>> {
    const failure = this.#ending?.failure
    this.#ending = {}
    if (failure) throw failure.reason
    return { done: true, value: undefined }
  }
}

/** The newer event, standing for the older one too. */
function merge<E extends Told>(older: E, newer: E): E {
  if (!isStep(older) || !isStep(newer)) return newer
  return { ...newer, coalesced: older.coalesced + newer.coalesced + 1 }
}

function isStep(event: Told): event is StepEvent {
  return event.type === 'step'
}
