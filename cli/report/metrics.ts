/** What training did, from the record that the engine wrote. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EndEvent, EpochEvent, StartEvent, TrainingEvent } from '../../index.js'
import { CliError } from '../exit.js'
import { runFiles } from '../run-folder.js'

/** The events of a run that a report tells. */
export interface Metrics {
  readonly start: StartEvent
  readonly epochs: readonly EpochEvent[]
  /** How it ended; a run that was killed has none. */
  readonly end?: EndEvent
}

/** Reads `metrics.jsonl` of a run folder; a run that was resumed has several starts and ends, of which the last count. */
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

/** Every event that the engine wrote down. */
export async function readEvents(folder: string): Promise<TrainingEvent[]> {
  const text = await readFile(join(folder, runFiles.metrics), 'utf8').catch(() => {
    throw new CliError(`${folder}: expected a run, but ${runFiles.metrics} is missing`)
  })
  return text.split('\n').flatMap((line) => parsed(line) ?? [])
}

/** A line as an event; what was half written when a run was killed is none. */
function parsed(line: string): TrainingEvent | undefined {
  try {
    return JSON.parse(line) as TrainingEvent
  } catch {
    return undefined
  }
}
