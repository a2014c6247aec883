/** Progress output of a sweep: plain, JSON, or the lab; `sweep` chooses by flags and terminal. */
import { basename } from 'node:path'
import type { Sweep, SweepEvent, Trial } from '../../index.js'
import { sentence } from '../base/exit.js'
import type { Output } from '../base/output.js'
import { nats, plural } from '../charts/format.js'
import type { LabExit } from './reporter.js'
import { elboLine } from './summary.js'
import { pointText } from './sweep-table.js'

/** Receives every event of a sweep, in order. */
export interface SweepReporter {
  onEvent(event: SweepEvent): void
  /** Releases the terminal after the sweep has ended: immediately (`now`), or when the user leaves. */
  close(now: boolean): Promise<LabExit>
}

/** One JSON object per line: every event except `run`, which carries a handle. */
export function jsonReporter(output: Output): SweepReporter {
  return {
    onEvent: (event) => {
      if (event.type === 'epoch') output.event({ ...event, trial: event.trial.number })
      else if (event.type !== 'run') output.event(event)
    },
    close: async () => 'end',
  }
}

/** Plain lines: one at the start of the sweep, one at the start and one at the end of each trial. */
export function plainReporter(output: Output, sweep: Sweep): SweepReporter {
  return {
    onEvent: (event) => {
      if (event.type === 'start') {
        const before = event.ended === 0 ? '' : `, ${event.ended} of them done before`
        const each = event.jobs === 1 ? '' : ` at once, on ${plural(event.threads, 'thread')} each`
        output.progress(`${plural(event.trials, 'trial')}${before}, ${event.jobs}${each || ' at a time'}`)
      }
      if (event.type === 'trial') for (const line of trialLines(event.trial, sweep, output)) output.progress(line)
    },
    close: async () => 'end',
  }
}

/** Lines for a trial whose state has changed. */
function trialLines(trial: Trial, sweep: Sweep, { progressPaint }: Output): string[] {
  const { green, red, yellow, dim } = progressPaint
  const { error, losses, params, seed, state, intermediate } = trial
  const name = basename(trial.folder)
  if (state === 'running') return [`${dim('▸')} ${name}  ${pointText(params)}${seedText(seed, sweep)}`]
  if (state === 'failed') return [`${red('✖')} ${name}  ${sentence(error)}`]
  if (losses === undefined) return []
  const mark = trial.number === sweep.best?.number ? '  ★ the best so far' : ''
  if (state === 'complete') return [`${green('✔')} ${name}  ${elboLine(losses)}${mark}`]
  return [`${yellow('✂')} ${name}  ended after ${plural(intermediate.length, 'epoch')} at ${nats(trial.value)}`]
}

function seedText(seed: number, { trials }: Sweep): string {
  return trials.every((other) => other.seed === seed) ? '' : `  seed ${seed}`
}
