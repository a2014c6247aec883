/** Training history, from the record that the engine wrote. */
import { join } from 'node:path'
import type { EndEvent, EpochEvent, StartEvent } from '../../../index.js'
import { CliError } from '../../base/exit.js'
import { runFiles } from '../folder.js'
import { readEvents } from './events.js'

/** The events of a run that a report needs. */
export interface Metrics {
  readonly start: StartEvent
  readonly epochs: readonly EpochEvent[]
  /** Undefined for a run that was killed. */
  readonly end?: EndEvent
}

/** Reads `metrics.jsonl` of a run folder. A resumed run has several starts and ends: returns the last. */
export async function readMetrics(folder: string): Promise<Metrics> {
  const path = join(folder, runFiles.metrics)
  let [start, end]: [StartEvent | undefined, EndEvent | undefined] = [undefined, undefined]
  const epochs: EpochEvent[] = []
  for (const event of await readEvents(folder)) {
    if (event.type === 'start') [start, end] = [event, undefined]
    if (event.type === 'epoch') epochs.push(event)
    if (event.type === 'end') end = event
  }
  if (start === undefined) throw new CliError(`${path}: expected the events of a run, found no start`)
  return { start, epochs, ...(end && { end }) }
}
