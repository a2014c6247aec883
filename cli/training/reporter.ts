/** Who tells a person (or a program) how a run is doing; which one is chosen by flags and terminal, in `train`. */
import type { Dataset, TrainingEvent, TrainingRun } from '../../index.js'
import { inFlags } from '../flag-words.js'
import type { Output } from '../output.js'
import { epochLine } from '../render/summary.js'

/** Hears every event of a run, in order. */
export interface Reporter {
  hear(event: TrainingEvent): void
  /** The run has ended, or is about to be left: gives the terminal back. */
  close(): void
}

/** What a reporter needs to know of the run. */
export interface Subject {
  /** The name of the run: its folder's. */
  readonly name: string
  readonly run: TrainingRun
  /** The examples that probes reconstruct the first of. */
  readonly probed: Dataset
}

/** One object a line: every event but probes, which are pictures; steps only when they are asked for. */
export function jsonReporter(output: Output, steps: boolean): Reporter {
  return {
    hear: (event) => {
      if (event.type !== 'probe' && (steps || event.type !== 'step')) output.event(event)
    },
    close: () => {},
  }
}

/** Plain lines: one as the run starts, one per epoch, and one whenever something happens. */
export function plainReporter(output: Output, { run }: Subject): Reporter {
  const { yellow } = output.progressPaint
  return {
    hear: (event) => {
      if (event.type === 'start' && event.resumedFrom !== undefined)
        output.progress(`resumed at step ${event.resumedFrom.toLocaleString('en-US')}`)
      if (event.type === 'epoch') output.progress(epochLine(event, run.progress.epochs))
      if (event.type === 'warning') output.progress(yellow(`▲ ${inFlags(event.message)}`))
      if (event.type === 'control' && event.to !== undefined)
        output.progress(`  ${event.name} ${event.from} → ${event.to} at step ${event.step}`)
    },
    close: () => {},
  }
}
