/** Keeps the newest model of a run loaded, also while it trains. */
import { setTimeout } from 'node:timers/promises'
import { sentence } from '../../base/exit.js'
import { withFlagNames } from '../../base/option-names.js'
import type { LabRun } from '../state/lab-run.js'
import { LatestOnly } from './latest-only.js'
import { type LoadedModel, newestModel, openModel } from './loaded-model.js'

/** Minimum milliseconds between two loads: a run of short epochs writes checkpoints faster than a user can follow. */
const minInterval = 1000

/** Result of a load: a model, or the reason for none; empty before the first load. */
interface ModelOrReason {
  readonly model?: LoadedModel
  reason?(): string
}

export class Loader {
  readonly #work = new LatestOnly()
  readonly #changed: () => void
  #run: LabRun | undefined
  /** State of the run when its files were last checked. */
  #checked: readonly unknown[] = []
  #found: ModelOrReason = {}
  #loaded = Number.NEGATIVE_INFINITY

  /** @param changed Called when the model, or the reason for none, changes. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** Newest model so far. */
  get model(): LoadedModel | undefined {
    return this.#found.model
  }

  /** Reason for no model, one sentence. */
  get reason(): string | undefined {
    return this.#found.reason?.()
  }

  /** Checks for a newer model if the run has changed since the last check. */
  check(run: LabRun): void {
    const state = [run, run.version, run.status, run.probed]
    if (state.every((one, i) => one === this.#checked[i])) return
    this.#checked = state
    if (run !== this.#run) this.#replace({})
    this.#run = run
    this.#work.submit(() => this.#load(run))
  }

  /** Frees the model. */
  close(): void {
    this.#run = undefined
    this.#replace({})
  }

  async #load(run: LabRun): Promise<void> {
    const found = await this.#loadNewer(run).catch(
      (error): ModelOrReason => ({ reason: () => withFlagNames(sentence(error)) }),
    )
    if (found === undefined) return
    if (run === this.#run) {
      this.#replace(found)
      this.#changed()
    } else found.model?.vae.dispose()
  }

  /** Loads the newest model of the run's folder; undefined if it is loaded already. */
  async #loadNewer(run: LabRun): Promise<ModelOrReason | undefined> {
    const file = await newestModel(run)
    if (file === undefined) return { reason: () => reasonForNoModel(run) }
    const { model: known } = this
    if (run !== this.#run || (file.version === known?.version && run.probed === known.probed)) return undefined
    const wait = this.#loaded + minInterval - performance.now()
    if (wait > 0) await setTimeout(wait, undefined, { ref: false })
    const model = await openModel(file, run)
    this.#loaded = performance.now()
    return { model }
  }

  /** Replaces the last result and frees its model. */
  #replace(found: ModelOrReason): void {
    this.#found.model?.vae.dispose()
    this.#found = found
  }
}

/** Reason for a run without a model on disk. */
function reasonForNoModel({ name, history: { start, end }, error, status }: LabRun): string {
  if (error !== undefined) return `${name} has no model: ${withFlagNames(error)}`
  if (end !== undefined) return `${name} ended (${status}) before its first checkpoint, so there is no model`
  if (start === undefined) return `${name} has not begun to train, so there is no model yet`
  return `${name} has no checkpoint yet: the first comes after an epoch, or with s`
}
