/** Run folders: where a run is kept, how it is named, and what an earlier one says about itself. */
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Preprocessing, TrainOptions } from '../index.js'
import { CliError } from './exit.js'
import { freeName } from './names.js'

/** The files that the engine keeps in a run folder. */
export const runFiles = {
  record: 'run.json',
  metrics: 'metrics.jsonl',
  checkpoint: 'checkpoint.safetensors',
  model: 'model.safetensors',
} as const

/** What `run.json` says, as far as the command line needs it. */
export interface RunRecord {
  readonly options: TrainOptions
  /** `digits`, a named set or a path. */
  readonly data: string
  /** How the data was read. */
  readonly preprocessing: Preprocessing
  /** A path or name of its own; absent when validation came with the data or was split off it. */
  readonly validation?: string
}

/** A folder for a new run: `runs/` and two words. */
export function newRunFolder(): string {
  return join(
    'runs',
    freeName((name) => existsSync(join('runs', name))),
  )
}

/** Whether the folder holds a run already. */
export function holdsRun(folder: string): boolean {
  return Object.values(runFiles).some((file) => existsSync(join(folder, file)))
}

/** Removes an earlier run from a folder; whatever else lies there stays. */
export async function clearRun(folder: string): Promise<void> {
  for (const file of Object.values(runFiles)) await rm(join(folder, file), { force: true })
}

/** The record of a run; the only place that knows the names in `run.json`. */
export async function readRun(folder: string): Promise<RunRecord> {
  const path = join(folder, runFiles.record)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    throw new CliError(`${folder}: no run to be found here, ${runFiles.record} is missing`)
  }
  let record: { options?: unknown; data?: Recorded | null; validation?: Recorded | null }
  try {
    record = JSON.parse(text)
  } catch (error) {
    throw new CliError(`${path}: not readable as JSON: ${(error as Error).message}`)
  }
  if (typeof record?.options !== 'object' || record.options === null)
    throw new CliError(`${path}: expected the options of a run, found none`)
  const { source, preprocessing } = record.data ?? {}
  const validation = record.validation?.source
  return {
    options: record.options as TrainOptions,
    data: typeof source === 'string' ? source : 'digits',
    preprocessing: typeof preprocessing === 'object' && preprocessing !== null ? preprocessing : {},
    ...(typeof validation === 'string' && { validation }),
  }
}

/** A data set in `run.json`. */
interface Recorded {
  readonly source?: unknown
  readonly preprocessing?: unknown
}
