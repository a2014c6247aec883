/** What a study says of a trial, on the run that shows it. */
import type { Trial } from '../../index.js'
import { sentence } from '../exit.js'
import { pointText } from '../sweep/table.js'
import type { LabRun, Standing } from './lab-run.js'

/** Where the study knows more of a trial than the events of its run. */
const standings: Readonly<Partial<Record<Trial['state'], Standing>>> = {
  waiting: 'queued',
  pruned: 'pruned',
  failed: 'failed',
}

/** Gives the run what the study says of its trial. */
export function showTrial(run: LabRun, { params, state, error }: Trial): void {
  run.differs = pointText(params)
  run.told = standings[state]
  if (error !== undefined) run.error = sentence(error)
}
