/** Shows runs that have ended or that another process trains, through their folders. */
import { readEvents } from '../../runs/record/events.js'
import { followRun } from '../../runs/record/follow.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'

/** Forwards events from a run's folder to the lab until the run ends or `signal` aborts. */
export async function watch(lab: Lab, run: LabRun, signal: AbortSignal): Promise<void> {
  const countRecorded = async () => (await readEvents(run.folder).catch(() => [])).length
  // Events recorded before are not logged.
  let recorded = await countRecorded()
  for await (const event of followRun(run.folder, signal)) {
    if (event.type === 'silence') run.silence = event
    else if (event.type === 'rewound') {
      run.restart()
      recorded = await countRecorded()
    } else {
      run.silence = undefined
      if (recorded <= 0 && event.type !== 'probe') lab.logEvent(run, event)
      if (event.type !== 'probe') recorded -= 1
      run.onEvent(event)
    }
    lab.changed()
  }
}
