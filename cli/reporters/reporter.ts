/** Who tells a person (or a program) how a run is doing; which one is chosen by flags and terminal, in `train`. */
import type { Control, TrainingEvent } from '../../index.js'
import { inFlags } from '../base/option-names.js'
import type { Output } from '../base/output.js'
import { count } from '../charts/format.js'
import { epochLine } from './summary.js'

/** How the lab is left. */
export type Leaving =
  /** Runs end with their models and checkpoints. */
  | 'stop'
  /** Runs go on in processes of their own. */
  | 'detach'
  /** There is nothing that goes on. */
  | 'end'

/** Hears every event of a run, in order. */
export interface Reporter {
  hear(event: TrainingEvent): void
  /** The run has ended: gives the terminal back, at once or when the person who looks at it has seen enough. */
  close(now: boolean): Promise<Leaving>
}

/** One object a line: every event but probes, which are pictures; steps only when they are asked for. */
export function jsonReporter(output: Output, steps: boolean): Reporter {
  return {
    hear: (event) => {
      if (event.type !== 'probe' && (steps || event.type !== 'step')) output.event(event)
    },
    close: async () => 'end',
  }
}

/** Plain lines: one as the run starts, one per epoch of so many, and one whenever something happens. */
export function plainReporter(output: Output, epochs: number): Reporter {
  const { yellow } = output.progressPaint
  return {
    hear: (event) => {
      if (event.type === 'start' && event.resumedFrom !== undefined) {
        const how = event.forkedFrom === undefined ? 'resumed' : `forked from ${event.forkedFrom}`
        output.progress(`${how} at step ${count(event.resumedFrom)}`)
      }
      if (event.type === 'epoch') output.progress(epochLine(event, epochs))
      if (event.type === 'warning') output.progress(yellow(`▲ ${inFlags(event.message)}`))
      if (event.type === 'control' && event.name !== 'stop')
        output.progress(`  ${deed(event)} at step ${count(event.step)}`)
    },
    close: async () => 'end',
  }
}

/** What somebody did to the run: `beta 1 → 3`, `pause`. */
function deed({ name, from, to, rule }: Control): string {
  if (to === undefined) return name
  return rule === undefined ? `${name} ${from} → ${to}` : `${name} ${from} → ${to}, from where it follows ${rule.type}`
}
