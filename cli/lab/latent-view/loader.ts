/** Keeps the newest model of a run at hand, also while it trains. */
import { setTimeout } from 'node:timers/promises'
import { sentence } from '../../base/exit.js'
import { inFlags } from '../../base/option-names.js'
import type { LabRun } from '../state/lab-run.js'
import { Newest } from './newest.js'
import { newestModel, openSubject, type Subject } from './subject.js'

/** A run of short epochs writes checkpoints faster than anybody looks: between two loads lies at least this, in milliseconds. */
const rest = 1000

/** What looking has come to: a model, or why there is none; neither before that. */
interface Found {
  readonly subject?: Subject
  why?(): string
}

export class Loader {
  readonly #work = new Newest()
  readonly #changed: () => void
  #run: LabRun | undefined
  /** What was known of the run when its files were last looked at. */
  #looked: readonly unknown[] = []
  #found: Found = {}
  #loaded = Number.NEGATIVE_INFINITY

  /** `changed` is called when there is another model, or another reason why there is none. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** The newest model so far. */
  get subject(): Subject | undefined {
    return this.#found.subject
  }

  /** Why there is no model, in one sentence. */
  get refusal(): string | undefined {
    return this.#found.why?.()
  }

  /** Looks whether there is a newer model, if more is known of the run than when it was looked last. */
  follow(run: LabRun): void {
    const looked = [run, run.version, run.standing, run.probed]
    if (looked.every((one, i) => one === this.#looked[i])) return
    this.#looked = looked
    if (run !== this.#run) this.#let({})
    this.#run = run
    this.#work.ask(() => this.#look(run))
  }

  /** Gives the model's memory back. */
  close(): void {
    this.#run = undefined
    this.#let({})
  }

  async #look(run: LabRun): Promise<void> {
    const found = await this.#newer(run).catch((error): Found => ({ why: () => inFlags(sentence(error)) }))
    if (found === undefined) return
    if (run === this.#run) {
      this.#let(found)
      this.#changed()
    } else found.subject?.vae.dispose()
  }

  /** What the run's folder holds now; undefined where that is the model which is there already. */
  async #newer(run: LabRun): Promise<Found | undefined> {
    const file = await newestModel(run)
    if (file === undefined) return { why: () => whyNone(run) }
    const { subject: known } = this
    if (run !== this.#run || (file.version === known?.version && run.probed === known.probed)) return undefined
    const wait = this.#loaded + rest - performance.now()
    if (wait > 0) await setTimeout(wait, undefined, { ref: false })
    const subject = await openSubject(file, run)
    this.#loaded = performance.now()
    return { subject }
  }

  /** Takes the place of what was found before. */
  #let(found: Found): void {
    this.#found.subject?.vae.dispose()
    this.#found = found
  }
}

/** Why a run has no model on disk. */
export function whyNone({ name, history: { start, end }, error, standing }: LabRun): string {
  if (error !== undefined) return `${name} has no model: ${inFlags(error)}`
  if (end !== undefined) return `${name} ended (${standing}) before its first checkpoint, so there is no model`
  if (start === undefined) return `${name} has not begun to train, so there is no model yet`
  return `${name} has no checkpoint yet: the first comes after an epoch, or with s`
}
