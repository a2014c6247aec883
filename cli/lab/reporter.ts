/** The lab as the one who tells of a run: `train` on a terminal. */
import { count } from '../render/format.js'
import type { Reading } from '../run-folder.js'
import type { TrainingData } from '../training/plan.js'
import type { Reporter, Subject } from '../training/reporter.js'
import type { Place } from './in-lab.js'
import { LabTrainer } from './trainer.js'

/** What the lab needs beyond the run. */
export interface LabSubject extends Subject {
  readonly data: TrainingData
  readonly reading: Reading
  readonly out: string
}

/** Shows the run in the lab until that is left. */
export function labReporter({ lab, shown }: Place, { name, run, probed, data, reading, out }: LabSubject): Reporter {
  lab.trainer = new LabTrainer(lab, async () => ({ data, reading }))
  const labRun = lab.add({ name, folder: out, probed })
  labRun.run = run
  lab.facts = factsOf(data)
  lab.show('run')
  return {
    hear: (event) => lab.hear(labRun, event),
    close: async (now) => {
      if (now) shown.close('stop')
      return shown.left
    },
  }
}

/** `mnist 60,000 / 10,000`. */
export function factsOf({ name, train, validation }: TrainingData): string {
  return `${name} ${count(train.length)}${validation === undefined ? '' : ` / ${count(validation.length)}`}`
}
