/** The trials of a study as runs of the lab. */
import { basename } from 'node:path'
import type { Trial } from '../../../index.js'
import { sentence } from '../../base/exit.js'
import { pointText } from '../../reporters/sweep-table.js'
import type { Lab } from '../state/lab.js'
import type { LabRun, Standing } from '../state/lab-run.js'

/** Where the study knows more of a trial than the events of its run. */
const standings: Readonly<Partial<Record<Trial['state'], Standing>>> = {
  waiting: 'queued',
  pruned: 'pruned',
  failed: 'failed',
}

export class Trials {
  readonly #runs = new Map<number, LabRun>()

  constructor(
    readonly lab: Lab,
    /** Told of every run that is new in the lab. */
    readonly added: (run: LabRun) => void,
  ) {}

  /** The run of a trial, with what the study says of it now. */
  show({ number, folder, params, state, error }: Trial): LabRun {
    const run = this.#runs.get(number) ?? this.#add(number, folder)
    run.differs = pointText(params)
    run.told = standings[state]
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
