/** Flags that say which data a model is validated on and how their file is read. */
import type { Command } from 'commander'
import { CliError, exitCodeOf, sentence } from '../base/exit.js'
import { flagName } from '../base/option-names.js'
import type { ReadOptions } from './data.js'
import { parseWords } from './train.js'

/** Options of reading that a validation file has of its own, by their flags. The others are those of training. */
const ownOptions = {
  validationKey: 'key',
  validationLabels: 'labels',
  validationColumns: 'columns',
  validationLabelColumn: 'labelColumn',
} as const satisfies Readonly<Record<string, keyof ReadOptions>>

/** The flags of validation data, besides `--validation` itself. */
export type ValidationFlags = Readonly<{
  [Flag in keyof typeof ownOptions]?: NonNullable<ReadOptions[(typeof ownOptions)[Flag]]>
}>

/** Validation data as they were named. */
export interface ValidationChoice {
  /** A share of the training data, a path, or `none`; by default the part that the training data hold out. */
  readonly validation?: number | string
  /** Options of reading a path. */
  readonly validationReading?: ReadOptions
}

/** Adds the flags of a validation file. */
export function addValidationFlags(command: Command): void {
  command
    .optionsGroup('Data:')
    .option('--validation-key <name>', 'array of an .npz, or subfolder, of --validation PATH')
    .option('--validation-labels <file|name|none>', 'labels of --validation PATH')
    .option('--validation-columns <a,b>', 'its columns (default: those of training, by name)', parseWords)
    .option('--validation-label-column <name>', 'its column of labels (default: that of training)')
}

/** Reads the flags of validation data; `validation` is the value of `--validation`. */
export function readValidationFlags(flags: ValidationFlags, validation: number | string | undefined): ValidationChoice {
  const given = Object.entries(ownOptions).filter(([flag]) => flags[flag as keyof ValidationFlags] !== undefined)
  const [first] = given
  if (first !== undefined && (typeof validation !== 'string' || validation === 'none'))
    throw new CliError(`${flagName(first[0])} says how the file of --validation PATH is read, and none is named`)
  const reading = Object.fromEntries(given.map(([flag, name]) => [name, flags[flag as keyof ValidationFlags]]))
  return {
    ...(validation !== undefined && { validation }),
    ...(first !== undefined && { validationReading: reading }),
  }
}

/** Options of a validation file → names of their flags. */
const flagOf: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ownOptions).map(([flag, name]) => [name, flag]),
)

/** Flag of an option of reading the validation file; undefined if it has none of its own. */
export function validationFlag(option: string): string | undefined {
  const flag = flagOf[option]
  return flag === undefined ? undefined : flagName(flag)
}

/** Error of opening the validation file, in which its own options have the names of their flags. */
export function validationError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { message, option } = error as Error & { readonly option?: string }
  const text = message.replace(/`(\w+)/g, (word, name: string) => (flagOf[name] ? `\`${flagOf[name]}` : word))
  const own = option === undefined ? undefined : flagOf[option]
  const isFirst = option !== undefined && own !== undefined && text.startsWith(option)
  const renamed = new Error(isFirst ? own + text.slice(option.length) : text)
  return new CliError(sentence(Object.assign(renamed, { option: own ?? option })), exitCodeOf(error))
}
