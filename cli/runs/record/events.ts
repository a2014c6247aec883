/** Recorded events of a run: the lines of `metrics.jsonl`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrainingEvent } from '../../../index.js'
import { parseEvent } from '../../../research.js'
import { CliError } from '../../base/exit.js'
import { runFiles } from '../folder.js'

/** Reads every event that the engine recorded. */
export async function readEvents(folder: string): Promise<TrainingEvent[]> {
  const text = await readFile(join(folder, runFiles.metrics), 'utf8').catch(() => {
    throw new CliError(`${folder}: expected a run, but ${runFiles.metrics} is missing`)
  })
  return text.split('\n').flatMap((line) => parseEvent(line) ?? [])
}
