/** The data behind the runs of a lab. */
import { resolve } from 'node:path'
import type { Output } from '../../base/output.js'
import type { Reading } from '../../flags/data.js'
import { readRun } from '../../runs/folder.js'
import { opened, planned, type TrainingData } from '../../runs/plan.js'
import type { LabRun } from '../state/lab-run.js'

/** Data, and how their files were read. */
export interface Source {
  readonly data: TrainingData
  readonly reading: Reading
}

/** Opens the data of runs by what their folders say, each set once. */
export class Sources {
  readonly #open = new Map<string, Promise<Source>>()

  constructor(
    readonly output: Output,
    readonly signal: AbortSignal,
  ) {}

  /** The data that this run was trained on. */
  async of({ folder }: LabRun): Promise<Source> {
    const { data, validation } = await readRun(folder)
    const key = JSON.stringify([data.fingerprint, validation?.fingerprint])
    const source = this.#open.get(key) ?? this.#opened(folder)
    this.#open.set(key, source)
    return source
  }

  async #opened(folder: string): Promise<Source> {
    const plan = await planned({ resume: resolve(folder) })
    return { data: await opened(plan, this.output, this.signal), reading: plan.data }
  }
}
