/** The two data sets of a run: named by flags, or recalled from the record of an earlier run. */
import type { Dataset, TrainOptions } from '../../index.js'
import { CliError } from '../base/exit.js'
import type { Output } from '../base/output.js'
import { type DataFlags, isNamed, openOptions, pickGiven } from '../flags/data.js'
import { validationError } from '../flags/validation.js'
import type { DataRecord } from './folder.js'
import { type Data, dataName, openData } from './open-data.js'
import { decidedFor, openLike } from './open-like.js'
import type { TrainingPlan } from './plan.js'
import { Recall, type RecordedRun } from './recall.js'
import { digestOf } from './recall-error.js'
import { sideByCounts, sideOf } from './recorded-part.js'

/** Flags of data that are about this machine and this call, not about one file. */
const machineNames = ['dataDir', 'limitBytes', 'onError'] as const

/** The two data sets of a run. */
export interface RunData {
  /** Short name of the training data. */
  readonly name: string
  readonly train: Dataset
  readonly validation?: Dataset
}

/** Data whose first examples are shown: the validation data, or else the training data. */
export function shownExamples({ train, validation }: RunData): Dataset {
  return validation ?? train
}

/** Short name of a plan's data, before they are open. */
export function planDataName({ data, earlier }: TrainingPlan): string {
  return dataName(data.data ?? earlier?.record.data.source ?? 'digits')
}

/** Opens the data of a plan. Data that the plan does not name are those of the earlier run, and compared with them. */
export async function openRunData(plan: TrainingPlan, output: Output, signal: AbortSignal): Promise<RunData> {
  const { data, earlier } = plan
  if (earlier === undefined) {
    const opened = await openData(data, output, signal)
    return await withChoice(plan, opened, opened.test, output, signal)
  }
  if (data.data === undefined)
    return await recalledData(plan, earlier, new Recall(earlier, 'continue', data, output, signal), output, signal)
  // Flags say how the named data are read; what is still recalled is read as it was.
  const recall = new Recall(earlier, 'continue', pickGiven(data, machineNames), output, signal)
  return await namedAgain(plan, earlier, recall, output, signal)
}

/** The data of an earlier run; its validation data too, unless the plan names others. */
async function recalledData(
  plan: TrainingPlan,
  { record }: RecordedRun,
  recall: Recall,
  output: Output,
  signal: AbortSignal,
): Promise<RunData> {
  if (typeof plan.validation === 'number') {
    const { train } = await recall.source('data')
    const data = split(dataName(record.data.source ?? ''), train, plan.validation, plan.options)
    await recall.check('data', data.train)
    return data
  }
  const { name, examples } = await recall.train()
  if (plan.validation !== undefined) {
    const reading = { ...record.data.preprocessing, ...record.data.reading, ...openOptions(plan.data) }
    return await withChoice({ ...plan, data: reading }, { name, train: examples }, undefined, output, signal)
  }
  const validation = await recall.validation()
  return { name, train: examples, ...(validation && { validation: validation.examples }) }
}

/** Data that lie elsewhere now, read as the earlier run read its own and parted as they were. */
async function namedAgain(
  plan: TrainingPlan,
  { folder, record }: RecordedRun,
  recall: Recall,
  output: Output,
  signal: AbortSignal,
): Promise<RunData> {
  const { data, validation } = record
  const flags = { ...data.preprocessing, ...data.reading, ...plan.data }
  const opened = await openData(flags, output, signal)
  const { name } = opened
  if (plan.validation !== undefined)
    return await withChoice({ ...plan, data: flags }, opened, opened.test, output, signal)
  if (validation === undefined) return { name, train: sideOf(data, opened) ?? opened.train }
  if (validation.part === undefined) {
    const open = (set: DataRecord) => (set === validation ? recall.source('validation') : Promise.resolve(opened))
    const [train, held] = [await sideByCounts('data', record, open), await sideByCounts('validation', record, open)]
    return { name, train: train.examples, validation: held.examples }
  }
  const train = sideOf(data, opened) ?? opened.train
  if (opened.test?.digest === digestOf(validation)) return { name, train, validation: opened.test }
  const isOther = validation.source !== data.source || isElsewhere(validation, data)
  const held = isOther ? (await recall.validation())?.examples : sideOf(validation, opened)
  if (held === undefined)
    throw new CliError(
      `${opened.source}: ${folder} was validated on what its data hold out, and these hold out nothing`,
    )
  return { name, train, validation: held }
}

/** True for a whole file of its own, though it has the path of the training data: another array or subfolder. */
function isElsewhere({ part, reading }: DataRecord, data: DataRecord): boolean {
  return part?.type === 'whole' && JSON.stringify(reading) !== JSON.stringify(data.reading)
}

/** Data with the validation data that the plan names; by default the part that the source holds out. */
async function withChoice(
  { data: flags, options, validation, validationReading }: TrainingPlan,
  { name, train }: Pick<Data, 'name' | 'train'>,
  test: Dataset | undefined,
  output: Output,
  signal: AbortSignal,
): Promise<RunData> {
  if (validation === 'none') return { name, train }
  if (validation === undefined) return { name, train, ...(test && { validation: test }) }
  if (typeof validation === 'number') return split(name, train, validation, options)
  const other: DataFlags = { ...pickGiven(flags, machineNames), ...validationReading, data: validation }
  const opened = await openLike(decidedFor(train, isNamed(flags.data ?? '') ? {} : flags), other, output, signal).catch(
    (error) => {
      throw validationError(error)
    },
  )
  // A path with two parts holds out the one that models are judged by.
  return { name, train, validation: opened.test ?? opened.train }
}

/** Splits off a share with the run's seed. */
function split(name: string, data: Dataset, validation: number, { seed }: TrainOptions): RunData {
  return { name, ...data.split({ validation, ...(seed !== undefined && { seed }) }) }
}
