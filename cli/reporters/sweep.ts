/** Who tells a person (or a program) how a sweep is doing; which one is chosen by flags and terminal, in `sweep`. */
import { basename } from 'node:path'
import type { Sweep, SweepEvent, Trial } from '../../index.js'
import { sentence } from '../base/exit.js'
import type { Output } from '../base/output.js'
import { nats, plural } from '../charts/format.js'
import type { Leaving } from './reporter.js'
import { elboLine } from './summary.js'
import { pointText } from './sweep-table.js'

/** Hears every event of a sweep, in order. */
export interface SweepReporter {
  hear(event: SweepEvent): void
  /** The sweep has ended: gives the terminal back, at once or when the person who looks at it has seen enough. */
  close(now: boolean): Promise<Leaving>
}

/** One object a line: every event but `run`, which is something to take hold of. */
export function jsonReporter(output: Output): SweepReporter {
  return {
    hear: (event) => {
      if (event.type === 'epoch') output.event({ ...event, trial: event.trial.number })
      else if (event.type !== 'run') output.event(event)
    },
    close: async () => 'end',
  }
}

/** Plain lines: one as the sweep starts, one as each trial begins, and one as it ends. */
export function plainReporter(output: Output, sweep: Sweep): SweepReporter {
  return {
    hear: (event) => {
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

/** What there is to say of a trial that is in another state. */
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
