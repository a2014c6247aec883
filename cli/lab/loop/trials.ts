/** Trials of a study as runs of the lab. */
import { basename } from 'node:path'
import type { Trial } from '../../../index.js'
import { sentence } from '../../base/exit.js'
import { pointText } from '../../reporters/sweep-table.js'
import type { Lab } from '../state/lab.js'
import type { LabRun, RunStatus } from '../state/lab-run.js'

/** Trial states that the events of the run do not show. */
const statuses: Readonly<Partial<Record<Trial['state'], RunStatus>>> = {
  waiting: 'queued',
  pruned: 'pruned',
  failed: 'failed',
}

export class Trials {
  readonly #runs = new Map<number, LabRun>()

  constructor(
    readonly lab: Lab,
    /** Called with each run added to the lab. */
    readonly added: (run: LabRun) => void,
  ) {}

  /** Returns the run of a trial, updated from the study. */
  show({ number, folder, params, state, error }: Trial): LabRun {
    const run = this.#runs.get(number) ?? this.#add(number, folder)
    run.paramsText = pointText(params)
    run.trialStatus = statuses[state]
    if (error !== undefined) run.error = sentence(error)
    this.lab.changed()
    return run
  }

  #add(number: number, folder: string): LabRun {
    const run = this.lab.add({ name: basename(folder), folder })
    this.#runs.set(number, run)
    this.added(run)
    return run
  }
}
