/** Run folders: where a run is kept, how it is named, and what an earlier one says about itself. */
import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Preprocessing, TrainOptions } from '../../index.js'
import { CliError } from '../base/exit.js'
import { writeWhole } from '../base/files.js'
import type { Reading } from '../flags/data.js'
import { freeName } from './names.js'

/** The files that the engine keeps in a run folder. */
export const runFiles = {
  record: 'run.json',
  metrics: 'metrics.jsonl',
  checkpoint: 'checkpoint.safetensors',
  model: 'model.safetensors',
} as const

/** A data set as a run remembers it. */
export interface DataRecord {
  /** `digits`, a named set or a path; data that a program made have none. */
  readonly source?: string
  readonly fingerprint: string
  readonly n: number
  readonly preprocessing: Preprocessing
}

/** What `run.json` says, as far as the command line needs it. */
export interface RunRecord {
  readonly options: TrainOptions
  readonly reading: Reading
  readonly data: DataRecord
  readonly validation?: DataRecord
  /** The folder of the run that this one is a fork of, and where it began. */
  readonly fork?: { readonly of: string; readonly step: number }
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

/** An earlier run that another takes the place of. */
export interface Earlier {
  /** Lets it go, now that the other has begun. */
  remove(): Promise<void>
  /** Puts it back where it was, unless it is gone already. */
  bringBack(): Promise<void>
}

/** Moves an earlier run aside within its folder; whatever else lies there stays. */
export async function setAside(folder: string): Promise<Earlier> {
  const files = Object.values(runFiles).map((file) => join(folder, file))
  const moved = files.filter((file) => existsSync(file)).map((file) => ({ file, aside: `${file}.replaced` }))
  for (const { file, aside } of moved) await rename(file, aside)
  return {
    async remove() {
      for (const { aside } of moved.splice(0)) await rm(aside, { force: true })
    },
    async bringBack() {
      for (const { file, aside } of moved.splice(0)) await rename(aside, file)
    },
  }
}

/** The record of a run; the only place that knows the names in `run.json`. */
export async function readRun(folder: string): Promise<RunRecord> {
  const path = join(folder, runFiles.record)
  const { options, data, validation, reading, fork } = await parsed(path, folder)
  if (typeof options !== 'object' || options === null)
    throw new CliError(`${path}: expected the options of a run, got none`)
  return {
    options: trainOptions(options as Record<string, unknown>),
    data: dataRecord(data, path),
    reading: (reading ?? {}) as Reading,
    ...(validation !== null && validation !== undefined && { validation: dataRecord(validation, path) }),
    ...(fork !== null && fork !== undefined && { fork: fork as NonNullable<RunRecord['fork']> }),
  }
}

/** Where the data of the run in this folder can be opened again. */
export function sourceOf({ source }: DataRecord, folder: string): string {
  if (source !== undefined) return source
  const path = join(folder, runFiles.record)
  throw new CliError(`${path}: this run was trained on data from a program; name it with --data`)
}

/** Adds to the record how the files were read: the engine is given data, and knows nothing of files. */
export async function recordReading(folder: string, flags: Reading): Promise<void> {
  const { key, columns, labelColumn, labels, limitBytes, onError } = flags
  const reading = { key, columns, labelColumn, labels, limitBytes, onError }
  if (Object.values(reading).every((value) => value === undefined)) return
  const record = await parsed(join(folder, runFiles.record), folder)
  await writeWhole(join(folder, runFiles.record), `${JSON.stringify({ ...record, reading }, null, 2)}\n`)
}

async function parsed(path: string, folder: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CliError(`${folder}: there is no run to be found here, ${runFiles.record} is missing`)
  })
  try {
    const record: unknown = JSON.parse(text)
    if (typeof record === 'object' && record !== null) return record as Record<string, unknown>
  } catch {
    // Said below, together with JSON that is no object.
  }
  throw new CliError(`${path}: expected a JSON object, got something else`)
}

/** What is asked for anew at every start is left out; an option that was not set is recorded as null. */
function trainOptions(options: Record<string, unknown>): TrainOptions {
  const { out: _out, resume: _resume, validation: _validation, signal: _signal, ...kept } = options
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== null)) as TrainOptions
}

function dataRecord(value: unknown, path: string): DataRecord {
  const { source, fingerprint, n, preprocessing } = (value ?? {}) as Partial<DataRecord>
  if (typeof fingerprint !== 'string' || typeof n !== 'number')
    throw new CliError(`${path}: expected the data of a run, got none`)
  return { ...(typeof source === 'string' && { source }), fingerprint, n, preprocessing: preprocessing ?? {} }
}
