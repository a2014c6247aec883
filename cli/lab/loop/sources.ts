/** Data of a lab's runs. */
import { resolve } from 'node:path'
import type { Output } from '../../base/output.js'
import type { ReadOptions } from '../../flags/data.js'
import { readRun } from '../../runs/folder.js'
import { openRunData, planTraining, type RunData } from '../../runs/plan.js'
import type { LabRun } from '../state/lab-run.js'

/** Data, and the options that read their files. */
export interface Source {
  readonly data: RunData
  readonly reading: ReadOptions
}

/** Opens the data recorded in run folders, each set once. */
export class Sources {
  readonly #open = new Map<string, Promise<Source>>()

  constructor(
    readonly output: Output,
    readonly signal: AbortSignal,
  ) {}

  /** Returns the data that the run was trained on. */
  async of({ folder }: LabRun): Promise<Source> {
    const { data, validation } = await readRun(folder)
    const key = JSON.stringify([data.fingerprint, validation?.fingerprint])
    const source = this.#open.get(key) ?? this.#opened(folder)
    this.#open.set(key, source)
    return source
  }

  async #opened(folder: string): Promise<Source> {
    const plan = await planTraining({ resume: resolve(folder) })
    return { data: await openRunData(plan, this.output, this.signal), reading: plan.data }
  }
}
