/** A run folder as a whole. */
import type { TrainingEvent } from '../../../index.js'
import { type RunRecord, readRun } from '../folder.js'
import { readEvents } from './events.js'
import { type ProbeFile, probesOf } from './probes.js'

/** What a run folder says of its run. */
export interface RunFolder {
  /** What was asked for. */
  readonly record: RunRecord
  /** What training did so far. Probes are files of their own. */
  readonly events: readonly TrainingEvent[]
  /** What its epochs looked like. */
  readonly probes: readonly ProbeFile[]
}

/** Reads a run folder, of a run that has ended or of one that goes on. */
export async function readRunFolder(folder: string): Promise<RunFolder> {
  const [record, events, probes] = await Promise.all([readRun(folder), readEvents(folder), probesOf(folder)])
  return { record, events, probes }
}
