/** Reader of a whole run folder. */
import type { TrainingEvent } from '../../../index.js'
import { type RunRecord, readRun } from '../folder.js'
import { readEvents } from './events.js'
import { type ProbeFile, probesOf } from './probes.js'

/** Contents of a run folder. */
export interface RunFolder {
  /** Options and data of the run. */
  readonly record: RunRecord
  /** Events so far, without probes, which are separate files. */
  readonly events: readonly TrainingEvent[]
  /** Probe files of its epochs. */
  readonly probes: readonly ProbeFile[]
}

/** Reads the folder of a run, ended or not. */
export async function readRunFolder(folder: string): Promise<RunFolder> {
  const [record, events, probes] = await Promise.all([readRun(folder), readEvents(folder), probesOf(folder)])
  return { record, events, probes }
}
