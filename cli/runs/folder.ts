/** Run folders: their files, their names, and the record of an earlier run. */
import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Preprocessing, TrainOptions } from '../../index.js'
import { CliError } from '../base/exit.js'
import { writeAtomically } from '../base/files.js'
import type { ReadOptions } from '../flags/data.js'
import { freeName } from './names.js'

/** Files that the engine keeps in a run folder. */
export const runFiles = {
  record: 'run.json',
  metrics: 'metrics.jsonl',
  checkpoint: 'checkpoint.safetensors',
  model: 'model.safetensors',
} as const

/** A data set as recorded by a run. */
export interface DataRecord {
  /** `digits`, a named set or a path; undefined for data from a program. */
  readonly source?: string
  readonly fingerprint: string
  readonly n: number
  readonly preprocessing: Preprocessing
}

/** The part of `run.json` that the command line needs. */
export interface RunRecord {
  readonly options: TrainOptions
  readonly reading: ReadOptions
  readonly data: DataRecord
  readonly validation?: DataRecord
  /** Folder of the run that this one forked, and the step of the fork. */
  readonly fork?: { readonly of: string; readonly step: number }
}

/** Chooses a folder for a new run: `runs/` and two words. */
export function newRunFolder(): string {
  return join(
    'runs',
    freeName((name) => existsSync(join('runs', name))),
  )
}

/** True if the folder already holds a run. */
export function holdsRun(folder: string): boolean {
  return Object.values(runFiles).some((file) => existsSync(join(folder, file)))
}

/** An earlier run, set aside while a new one starts in its folder. */
export interface EarlierRun {
  /** Deletes it, once the new run has begun. */
  remove(): Promise<void>
  /** Restores it, unless it has been removed. */
  restore(): Promise<void>
}

/** Renames the files of an earlier run within its folder; leaves other files alone. */
export async function setAside(folder: string): Promise<EarlierRun> {
  const files = Object.values(runFiles).map((file) => join(folder, file))
  const moved = files.filter((file) => existsSync(file)).map((file) => ({ file, aside: `${file}.replaced` }))
  for (const { file, aside } of moved) await rename(file, aside)
  return {
    async remove() {
      for (const { aside } of moved.splice(0)) await rm(aside, { force: true })
    },
    async restore() {
      for (const { file, aside } of moved.splice(0)) await rename(aside, file)
    },
  }
}

/** Reads the record of a run; the only place that knows the names in `run.json`. */
export async function readRun(folder: string): Promise<RunRecord> {
  const path = join(folder, runFiles.record)
  const { options, data, validation, reading, fork } = await readRecord(path, folder)
  if (typeof options !== 'object' || options === null)
    throw new CliError(`${path}: expected the options of a run, got none`)
  return {
    options: trainOptions(options as Record<string, unknown>),
    data: dataRecord(data, path),
    reading: (reading ?? {}) as ReadOptions,
    ...(validation !== null && validation !== undefined && { validation: dataRecord(validation, path) }),
    ...(fork !== null && fork !== undefined && { fork: fork as NonNullable<RunRecord['fork']> }),
  }
}

/** Name or path of the run's data. Throws for data from a program, which cannot be opened again. */
export function sourceOf({ source }: DataRecord, folder: string): string {
  if (source !== undefined) return source
  const path = join(folder, runFiles.record)
  throw new CliError(`${path}: this run was trained on data from a program; name it with --data`)
}

/** Adds the reading flags to the record; the engine receives data and knows nothing of files. */
export async function recordReading(folder: string, flags: ReadOptions): Promise<void> {
  const { key, columns, labelColumn, labels, limitBytes, onError } = flags
  const reading = { key, columns, labelColumn, labels, limitBytes, onError }
  if (Object.values(reading).every((value) => value === undefined)) return
  const record = await readRecord(join(folder, runFiles.record), folder)
  await writeAtomically(join(folder, runFiles.record), `${JSON.stringify({ ...record, reading }, null, 2)}\n`)
}

async function readRecord(path: string, folder: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CliError(`${folder}: there is no run to be found here, ${runFiles.record} is missing`)
  })
  try {
    const record: unknown = JSON.parse(text)
    if (typeof record === 'object' && record !== null) return record as Record<string, unknown>
  } catch {
    // Reported below, together with JSON that is not an object.
  }
  throw new CliError(`${path}: expected a JSON object, got something else`)
}

/** Drops the options that each start sets itself, and those not set, which are recorded as null. */
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
