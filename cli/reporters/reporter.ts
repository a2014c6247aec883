/** Progress output of a run: plain, JSON, or the lab; `train` chooses by flags and terminal. */
import type { TrainingEvent } from '../../index.js'
import { withFlagNames } from '../base/option-names.js'
import type { Output } from '../base/output.js'
import { count } from '../charts/format.js'
import { noteLines } from '../runs/open-data.js'
import { controlText } from './control.js'
import { epochLine } from './summary.js'

/** The user's way out of the lab. */
export type LabExit =
  /** Runs end with their models and checkpoints. */
  | 'stop'
  /** Runs continue in detached processes. */
  | 'detach'
  /** No run is active. */
  | 'end'

/** Receives every event of a run, in order. */
export interface Reporter {
  onEvent(event: TrainingEvent): void
  /** Releases the terminal after the run has ended: immediately (`now`), or when the user leaves. */
  close(now: boolean): Promise<LabExit>
}

/** One JSON object per line: every event except probes, which are pictures; steps only if `steps` is set. */
export function jsonReporter(output: Output, steps: boolean): Reporter {
  return {
    onEvent: (event) => {
      if (event.type !== 'probe' && (steps || event.type !== 'step')) output.event(event)
    },
    close: async () => 'end',
  }
}

/** Plain lines: one if the run resumes or forks, one per note on reading the data, one per epoch, one per warning and control. */
export function plainReporter(output: Output, epochs: number): Reporter {
  const { yellow } = output.progressPaint
  return {
    onEvent: (event) => {
      if (event.type === 'start' && event.resumedFrom !== undefined) {
        const how = event.forkedFrom === undefined ? 'resumed' : `forked from ${event.forkedFrom}`
        output.progress(`${how} at step ${count(event.resumedFrom)}`)
      }
      if (event.type === 'start') output.progress(...noteLines(event.notes))
      if (event.type === 'epoch') output.progress(epochLine(event, epochs))
      if (event.type === 'warning') output.progress(yellow(`▲ ${withFlagNames(event.message)}`))
      if (event.type === 'control' && event.name !== 'stop') output.progress(`  ${controlText(event)}`)
    },
    close: async () => 'end',
  }
}
