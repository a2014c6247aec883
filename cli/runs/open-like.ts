/** Opens further data of a model: what training decided about reading them is applied, the rest is found anew. */
import type { Dataset, OpenData, Preprocessing, Table, TableDialect, Vae } from '../../index.js'
import type { Output } from '../base/output.js'
import { type DataFlags, dialectNames, isNamed, pickGiven } from '../flags/data.js'
import { type Data, openData } from './open-data.js'

/** Decisions of training about its data. */
export interface Decided {
  readonly shape: readonly number[]
  readonly preprocessing: Preprocessing
  /** True if its bytes are pixels, whatever their maximum. */
  readonly pixels: boolean
  readonly table?: Table
  /** Options that its files were read with. */
  readonly reading: DataFlags
}

/** Decisions that a model keeps. */
export function decidedBy({ data, pixels, preprocessing, shape, table }: Vae): Decided {
  const reading = (data.reading ?? {}) as DataFlags
  return { shape, preprocessing, pixels, reading, ...(table && { table }) }
}

/** Decisions of training data, before there is a model. */
export function decidedFor(train: Dataset, reading: DataFlags): Decided {
  const { pixels, preprocessing, shape, table } = train
  return { shape, preprocessing, pixels, reading, ...(table && { table }) }
}

/**
 * Opens the data that `flags` name. An option that training decided and the format does not take is left out; one of a
 * table's dialect that the file leaves open is that of the training data.
 *
 * @param flags Options of this call, which go before the decided ones.
 */
export async function openLike(decided: Decided, flags: DataFlags, output: Output, signal: AbortSignal): Promise<Data> {
  const { data: source = 'digits' } = flags
  if (isNamed(source)) return await openData(flags, output, signal)
  let options = { ...decidedOptions(decided), ...(await namedColumns(decided, source, flags, output, signal)) }
  while (true) {
    try {
      return await openData({ ...options, ...flags }, output, signal)
    } catch (error) {
      const next = without(options, flags, error) ?? withDialect(options, flags, decided, error)
      if (next === undefined) throw error
      options = next
    }
  }
}

/** Options of reading that follow from training. */
function decidedOptions({ pixels, preprocessing, reading, shape }: Decided): OpenData {
  const [height, width, channels] = shape
  return {
    ...preprocessing,
    ...(width !== undefined && { size: [height as number, width] as const, channels: channels === 3 ? 3 : 1 }),
    // A dark picture is not taken for bits; a model scales the values itself.
    ...(pixels && { scale: 'unit' }),
    ...pickGiven(reading, ['shape', 'transpose']),
  }
}

/** The model's columns of a table, and its labels, by name; reports columns that the model does not have. */
async function namedColumns(
  { reading, table }: Decided,
  source: string,
  { columns, labelColumn }: DataFlags,
  output: Output,
  signal: AbortSignal,
): Promise<OpenData> {
  const wanted = table?.header ? table.columns.map(({ name }) => name) : reading.columns
  const label = labelColumn ?? reading.labelColumn
  if (columns !== undefined || (wanted === undefined && label === undefined)) return {}
  const { datasets } = await import('../../index.js')
  // A path that cannot be described cannot be opened either, and that error is the one to show.
  const described = await datasets.describe(source, { signal }).catch(() => undefined)
  const names = described?.columns.map(({ name }) => name) ?? []
  const labels = label !== undefined && names.includes(label) ? { labelColumn: label } : {}
  // What is missing is named by the error of the call that needs it.
  const found = wanted?.filter((name) => names.includes(name)) ?? []
  if (found.length === 0) return labels
  const further = names.filter((name) => !found.includes(name) && name !== labels.labelColumn)
  if (further.length > 0 && found.length === wanted?.length) {
    const list = further.map((name) => `'${name}'`).join(', ')
    output.progress(`  ${source}: left out ${list}, which the model does not have`)
  }
  return { columns: found, ...labels }
}

/** The options without the decided one that an error refuses; undefined if it is about another. */
function without(options: OpenData, flags: DataFlags, error: unknown): OpenData | undefined {
  const { option } = error as { readonly option?: keyof OpenData }
  const isDecided = option !== undefined && option !== 'columns' && option in options && !(option in flags)
  if (!isDecided || (dialectNames as readonly string[]).includes(option)) return undefined
  const { [option]: _, ...rest } = options
  return rest
}

/** The options with that of the training data's dialect for which an error asks. */
function withDialect(
  options: OpenData,
  flags: DataFlags,
  { reading, table }: Decided,
  error: unknown,
): OpenData | undefined {
  const dialect: Partial<TableDialect> = {
    ...pickGiven(reading, dialectNames),
    ...(table && { header: table.header, separator: table.separator, decimal: table.decimal }),
  }
  const { message, option } = error as { readonly message: string; readonly option?: string }
  const asked = dialectNames.find((name) => option === name || message.includes(`\`${name}`))
  if (asked === undefined || dialect[asked] === undefined || asked in options || asked in flags) return undefined
  return { ...options, [asked]: dialect[asked] }
}
