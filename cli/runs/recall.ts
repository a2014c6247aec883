/**
 * Data of a run, opened again: the recorded source, read as it was read, the recorded part of it, compared with the
 * record. Data that are named in the call are opened elsewhere and compared with nothing.
 */
import { existsSync } from 'node:fs'
import type { Dataset } from '../../index.js'
import type { Output } from '../base/output.js'
import { checkReading, type DataFlags, isNamed, openOptions } from '../flags/data.js'
import type { DataRecord, RunRecord } from './folder.js'
import { dataName, openData } from './open-data.js'
import { differenceOf, digestOf, RecallError } from './recall-error.js'
import { type Parts, sideByCounts, sideOf } from './recorded-part.js'

/** One of the two data sets of a run. */
export type Side = 'data' | 'validation'

/** A run whose data are recalled. */
export interface RecordedRun {
  /** Folder of the run or the study. */
  readonly folder: string
  /** Path of its model, if that is not in the folder. */
  readonly model?: string
  readonly record: Pick<RunRecord, 'data' | 'validation' | 'options'>
}

/** Purpose of recalling data, which decides the remedy. */
export type Purpose = 'use' | 'continue'

const remedies: Readonly<Record<Purpose, string>> = {
  use: 'name the data with --data to use others on purpose',
  continue: 'name the data of that run with --data, or start a new run in another folder',
}

/** Remedy where the data cannot be found. */
const nameThem = 'name them with --data'

/** A recalled data set. */
export interface Recalled {
  readonly examples: Dataset
  /** Short name of its source. */
  readonly name: string
  /** Part of a set that it is: `test` for the part that its source holds out. */
  readonly part: 'train' | 'validation' | 'test'
}

/** Recalls the data of a run, each source once. */
export class Recall {
  readonly #sources = new Map<string, Promise<Parts>>()
  readonly #sides = new Map<Side, Promise<Recalled>>()

  constructor(
    readonly run: RecordedRun,
    readonly purpose: Purpose,
    /** Flags of this call, which change how the files are read. */
    readonly flags: DataFlags,
    readonly output: Output,
    readonly signal: AbortSignal,
  ) {}

  /** Training data. */
  train(): Promise<Recalled> {
    return this.#side('data')
  }

  /** Validation data; undefined if there were none. */
  async validation(): Promise<Recalled | undefined> {
    return this.run.record.validation === undefined ? undefined : await this.#side('validation')
  }

  /** The source of a side, whatever part of it the run took; compared with nothing. */
  source(side: Side): Promise<Parts> {
    return this.#open(this.#record(side), side)
  }

  /** Throws a {@link RecallError} if the data are others than those that the run was trained or validated on. */
  async check(side: Side, examples: Dataset): Promise<void> {
    const record = this.#record(side)
    const difference = differenceOf(record, examples)
    if (difference === undefined) return
    const isSetting = difference.what.startsWith('--')
    const what = !isSetting && (await this.#isOtherPart(side)) ? 'part' : difference.what
    const another = what === 'values' ? 'other values' : `another ${what}`
    const { expected, received } = difference
    const remedy = remedies[this.purpose]
    throw new RecallError(
      `${record.source}: ${another} than ${this.#run(side)} on: expected ${expected}, got ${received}`,
      isSetting ? `leave out ${what}, or ${remedy}` : remedy,
    )
  }

  #side(side: Side): Promise<Recalled> {
    const known = this.#sides.get(side)
    if (known !== undefined) return known
    const recalled = this.#recall(side)
    this.#sides.set(side, recalled)
    // Files that are put back in the meantime are found by the next call.
    recalled.catch(() => {
      this.#sides.delete(side)
      this.#sources.clear()
    })
    return recalled
  }

  async #recall(side: Side): Promise<Recalled> {
    const record = this.#record(side)
    try {
      return await this.#compared(side, record)
    } catch (error) {
      const columns = await this.#columns(record)
      if (columns === undefined) throw error
      const byName = await this.#recallByName(side, record, columns)
      if (byName === undefined) throw error
      return byName
    }
  }

  /**
   * Opens a table with the model's columns: columns have names, so that the same table with its columns in another order,
   * or with further ones, is the same data. Undefined if they were named before.
   */
  async #recallByName(side: Side, record: DataRecord, columns: readonly string[]): Promise<Recalled | undefined> {
    const names = await this.#namesIn(record)
    const missing = columns.find((column) => !names.includes(column))
    if (names.length > 0 && missing !== undefined) {
      const list = (columns: readonly string[]) => `the columns ${columns.map((name) => `'${name}'`).join(', ')}`
      const finding = `${record.source}: column '${missing}' that ${this.#run('data')} on is missing: expected ${list(columns)}, got ${list(names)}`
      throw new RecallError(finding, remedies[this.purpose])
    }
    if (record.reading.columns !== undefined) return undefined
    return await this.#compared(side, { ...record, reading: { ...record.reading, columns } })
  }

  /** Opens a side and compares it. */
  async #compared(side: Side, record: DataRecord): Promise<Recalled> {
    const { examples, part } = await this.#found(side, record)
    await this.check(side, examples)
    return { examples, part, name: dataName(record.source ?? '') }
  }

  /** Opens the recorded part of the recorded source. */
  async #found(side: Side, record: DataRecord): Promise<Omit<Recalled, 'name'>> {
    if (record.part === undefined) {
      const sets = { ...this.run.record, [side]: record }
      return await sideByCounts(side, sets, (set) => this.#open(set, set === sets.data ? 'data' : 'validation'))
    }
    const parts = await this.#open(record, side)
    if (record.part.type === 'program')
      throw new RecallError(`${record.source}: ${this.#run(side)} on a part that a program chose`, nameThem)
    const examples = sideOf(record, parts)
    if (examples === undefined)
      throw new RecallError(`${record.source}: ${this.#run(side)} on a part that is no longer held out`, nameThem)
    if (side === 'data') return { examples, part: 'train' }
    return { examples, part: examples === parts.test ? 'test' : 'validation' }
  }

  async #open(record: DataRecord, side: Side): Promise<Parts> {
    const { source, preprocessing, reading } = record
    if (source === undefined) throw new RecallError(`${this.#run(side)} on data from a program`, nameThem)
    if (!isNamed(source) && !existsSync(source))
      throw new RecallError(`${source}: the data that ${this.#run(side)} on are not there`, nameThem)
    checkReading({ ...this.flags, data: source })
    const { dataDir } = this.flags
    const flags = { ...preprocessing, ...reading, ...openOptions(this.flags), ...(dataDir && { dataDir }) }
    const key = JSON.stringify([source, flags])
    const opened = this.#sources.get(key) ?? openData({ ...flags, data: source }, this.output, this.signal)
    this.#sources.set(key, opened)
    return await opened
  }

  #record(side: Side): DataRecord {
    return this.run.record[side] as DataRecord
  }

  /** True if the source still holds what the other side of the split was, so that this side is another part of it. */
  async #isOtherPart(side: Side): Promise<boolean> {
    const record = this.#record(side)
    const otherSide = side === 'data' ? 'validation' : 'data'
    const other = this.run.record[otherSide]
    if (record.part?.type !== 'split' || other?.part?.type !== 'split' || record.source !== other.source) return false
    return sideOf(other, await this.#open(other, otherSide))?.digest === digestOf(other)
  }

  /** Names of the columns that the run read: the chosen ones, or those of its model. */
  async #columns({ reading, source }: DataRecord): Promise<readonly string[] | undefined> {
    if (this.flags.columns !== undefined || source === undefined || !existsSync(source)) return undefined
    if (reading.columns !== undefined) return reading.columns
    const { loadVae } = await import('../../index.js')
    const vae = await loadVae(this.run.model ?? this.run.folder).catch(() => undefined)
    const columns = vae?.columns
    vae?.dispose()
    return columns
  }

  /** Names of the columns that a table has now; none if it is no table that can be read. */
  async #namesIn({ source = '' }: DataRecord): Promise<readonly string[]> {
    const { datasets } = await import('../../index.js')
    const described = await datasets.describe(source, { signal: this.signal }).catch(() => undefined)
    return described?.columns.map(({ name }) => name) ?? []
  }

  #run(side: Side): string {
    return `${this.run.folder} was ${side === 'data' ? 'trained' : 'validated'}`
  }
}
