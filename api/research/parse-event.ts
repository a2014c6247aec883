import { decodeRecord } from '../decode-event.js'
import { eventTypes, type TrainingEvent } from '../events.js'

/**
 * A line of a run's record, `metrics.jsonl`, as the event that it was.
 *
 * ```ts
 * const lines = (await readFile('runs/first/metrics.jsonl', 'utf8')).split('\n')
 * const events = lines.map(parseEvent).filter((event) => event !== undefined)
 * ```
 *
 * @param line One line, without its end.
 * @returns The event; `undefined` for what is none, as a line that is half written.
 */
export function parseEvent(line: string): TrainingEvent | undefined {
  try {
    const record: unknown = JSON.parse(line)
    return isEvent(record) ? decodeRecord(record) : undefined
  } catch {
    return undefined
  }
}

function isEvent(record: unknown): record is TrainingEvent {
  return eventTypes.includes((record as TrainingEvent | null)?.type as TrainingEvent['type'])
}
