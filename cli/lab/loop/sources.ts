/** Data of a lab's runs. */
import type { Dataset } from '../../../index.js'
import type { Output } from '../../base/output.js'
import { type RunRecord, readRun } from '../../runs/folder.js'
import { dataName } from '../../runs/open-data.js'
import { Recall } from '../../runs/recall.js'
import type { RunData } from '../../runs/run-data.js'
import type { LabRun } from '../state/lab-run.js'
import { facts } from './reporter.js'

/** Recalls the data recorded in run folders; those of runs with the same record once. */
export class Sources {
  readonly #recalls = new Map<string, Recall>()

  constructor(
    readonly output: Output,
    readonly signal: AbortSignal,
  ) {}

  /** Data that the run was trained on. */
  async of({ folder }: LabRun): Promise<RunData> {
    const recall = this.#recall(folder, await readRun(folder))
    const { name, examples } = await recall.train()
    const validation = await recall.validation()
    return { name, train: examples, ...(validation && { validation: validation.examples }) }
  }

  /** Examples of the run that are shown, and a summary of its data. Training data are not opened if there are others. */
  async shown({ folder }: LabRun): Promise<{ readonly examples: Dataset; readonly facts: string }> {
    const record = await readRun(folder)
    const recall = this.#recall(folder, record)
    const { examples } = (await recall.validation()) ?? (await recall.train())
    const { data, validation } = record
    return { examples, facts: facts(dataName(data.source ?? folder), data.n, validation?.n) }
  }

  #recall(folder: string, record: RunRecord): Recall {
    const { data, validation } = record
    const key = JSON.stringify([data, validation])
    const recall = this.#recalls.get(key) ?? new Recall({ folder, record }, 'continue', {}, this.output, this.signal)
    this.#recalls.set(key, recall)
    return recall
  }
}
