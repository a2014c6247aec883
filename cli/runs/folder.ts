/** Run folders: their files, their names, and the record of an earlier run. */
import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataPart, Preprocessing, TrainOptions } from '../../index.js'
import { CliError } from '../base/exit.js'
import { isNamed, type ReadOptions } from '../flags/data.js'
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
  /** `digits`, a named set or an absolute path; undefined for data from a program. */
  readonly source?: string
  /** Digest of values, shape and preprocessing; in folders of older versions that of values and shape. */
  readonly fingerprint: string
  /** Digest of values and shape; undefined in folders of older versions. */
  readonly digest?: string
  readonly n: number
  readonly preprocessing: Preprocessing
  /** Options that the files were read with. */
  readonly reading: ReadOptions
  /** Part of the source; undefined in folders of older versions. */
  readonly part?: DataPart
}

/** The part of `run.json` that the command line needs. */
export interface RunRecord {
  readonly options: TrainOptions
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
    ...dataRecords({ data, validation }, path, (reading ?? {}) as ReadOptions),
    ...(fork !== null && fork !== undefined && { fork: fork as NonNullable<RunRecord['fork']> }),
  }
}

/**
 * Reads the identity of training and validation data.
 *
 * @param path File that they are from, for messages.
 * @param reading Options of reading of an older version, which recorded them once for both.
 */
export function dataRecords(
  { data, validation }: { readonly data: unknown; readonly validation: unknown },
  path: string,
  reading: ReadOptions = {},
): Pick<RunRecord, 'data' | 'validation'> {
  const train = dataRecord(data, path, { reading })
  if (validation === null || validation === undefined) return { data: train }
  // Older versions recorded the preprocessing once too.
  const held = dataRecord(validation, path, { reading, preprocessing: train.preprocessing })
  // Each part of a named set is a source of its own, of which only the name is recorded.
  const isHeldOut = held.part?.type === 'whole' && isNamed(held.source ?? '') && held.digest !== train.digest
  return { data: train, validation: isHeldOut ? { ...held, part: { type: 'heldOut' } } : held }
}

/** Name or path of the run's data. Throws for data from a program, which cannot be opened again. */
export function sourceOf({ source }: DataRecord, folder: string): string {
  if (source !== undefined) return source
  throw new CliError(
    `${join(folder, runFiles.record)}: this run was trained on data from a program; name it with --data`,
  )
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

/** Reads the identity of a data set; `before` holds what older versions recorded elsewhere. */
function dataRecord(value: unknown, path: string, before: Partial<DataRecord>): DataRecord {
  const { source, fingerprint, digest, n, preprocessing, reading, part } = (value ?? {}) as Partial<DataRecord>
  if (typeof fingerprint !== 'string' || typeof n !== 'number')
    throw new CliError(`${path}: expected the data of a run, got none`)
  const isOld = part === undefined
  return {
    ...(typeof source === 'string' && { source }),
    fingerprint,
    ...(digest !== undefined && { digest }),
    n,
    preprocessing: preprocessing ?? before.preprocessing ?? {},
    reading: reading ?? (isOld ? before.reading : undefined) ?? {},
    ...(part !== undefined && { part }),
  }
}
