import { decodeRecord } from '../decode-event.js'
import { eventTypes, type TrainingEvent } from '../events.js'

/**
 * Parses a line of a run's record, `metrics.jsonl`, as an event.
 *
 * ```ts
 * const lines = (await readFile('runs/first/metrics.jsonl', 'utf8')).split('\n')
 * const events = lines.map(parseEvent).filter((event) => event !== undefined)
 * ```
 *
 * @param line One line, without its line feed.
 * @returns The event; `undefined` for any other line, such as a half-written one.
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
