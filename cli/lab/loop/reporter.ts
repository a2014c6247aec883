/** The lab as the one who tells of a run: `train` on a terminal. */
import type { TrainingRun } from '../../../index.js'
import { count } from '../../charts/format.js'
import type { Reading } from '../../flags/data.js'
import type { Reporter } from '../../reporters/reporter.js'
import { shownExamples, type TrainingData } from '../../runs/plan.js'
import { LabTrainer } from './trainer.js'
import { type Place, untilLeft } from './with-lab.js'

/** The run that is shown, and what others like it are begun with. */
export interface LabSubject {
  /** The name of the run: its folder's. */
  readonly name: string
  readonly run: TrainingRun
  readonly data: TrainingData
  readonly reading: Reading
  readonly out: string
}

/** Shows the run in the lab until that is left. */
export function labReporter(place: Place, { name, run, data, reading, out }: LabSubject): Reporter {
  const { lab } = place
  lab.trainer = new LabTrainer(lab, async () => ({ data, reading }))
  const labRun = lab.add({ name, folder: out, probed: shownExamples(data) })
  labRun.run = run
  lab.facts = factsOf(data)
  lab.show('run')
  return {
    hear: (event) => lab.hear(labRun, event),
    close: (now) => untilLeft(place, now),
  }
}

/** `mnist 60,000 / 10,000`. */
export function factsOf({ name, train, validation }: TrainingData): string {
  return `${name} ${count(train.length)}${validation === undefined ? '' : ` / ${count(validation.length)}`}`
}
