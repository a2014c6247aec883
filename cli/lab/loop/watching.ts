/** Runs that another process trains, or that have ended, shown through their folders. */
import { readEvents } from '../../runs/record/events.js'
import { followRun } from '../../runs/record/follow.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'

/** Shows what the folder of a run tells until the run ends or the signal comes. */
export async function watch(lab: Lab, run: LabRun, signal: AbortSignal): Promise<void> {
  // What happened before anybody looked is no news.
  let old = (await readEvents(run.folder).catch(() => [])).length
  for await (const news of followRun(run.folder, signal)) {
    if (news.type === 'silence') run.silence = news
    else if (news.type === 'again') run.restart()
    else {
      run.silence = undefined
      if (old <= 0 && news.type !== 'probe') lab.comment(run, news)
      if (news.type !== 'probe') old -= 1
      run.hear(news)
    }
    lab.changed()
  }
}
