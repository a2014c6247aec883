/** Lab as the progress output of `train` on a terminal. */
import type { TrainingRun } from '../../../index.js'
import { count } from '../../charts/format.js'
import type { Reporter } from '../../reporters/reporter.js'
import { type RunData, shownExamples } from '../../runs/run-data.js'
import { LabTrainer } from './trainer.js'
import { type LabSession, untilLeft } from './with-lab.js'

/** Run to show, and the data for further runs. */
export interface LabRunInput {
  /** Name of the run: that of its folder. */
  readonly name: string
  readonly run: TrainingRun
  readonly data: RunData
  readonly out: string
}

/** Shows the run in the lab until the user leaves. */
export function labReporter(session: LabSession, { name, run, data, out }: LabRunInput): Reporter {
  const { lab } = session
  lab.trainer = new LabTrainer(lab, async () => data)
  const labRun = lab.add({ name, folder: out, probed: shownExamples(data) })
  labRun.run = run
  lab.facts = factsOf(data)
  lab.show('run')
  return {
    onEvent: (event) => lab.onEvent(labRun, event),
    close: (now) => untilLeft(session, now),
  }
}

/** Summary of the data: `mnist 60,000 / 10,000`. */
export function factsOf({ name, train, validation }: RunData): string {
  return facts(name, train.length, validation?.length)
}

/** The same from the numbers of examples. */
export function facts(name: string, n: number, held: number | undefined): string {
  return `${name} ${count(n)}${held === undefined ? '' : ` / ${count(held)}`}`
}
