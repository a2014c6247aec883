/** Writes a run's record as the command line that trains it again; the inverse of `readTrainFlags`. */
import { type Beta, type DataPart, defaults, type Every, type LearningRate, type TrainOptions } from '../../index.js'
import { CliError } from '../base/exit.js'
import { flagName, shellQuote } from '../base/option-names.js'
import { betaText } from '../flags/beta.js'
import { isNamed, separatorText } from '../flags/data.js'
import { learningRateText } from '../flags/learning-rate.js'
import { trainFlags } from '../flags/train.js'
import { validationFlag } from '../flags/validation.js'
import { type DataRecord, type RunRecord, sourceOf } from './folder.js'

/**
 * `vae-native train --data /data/photos --size 64 --latent-dim 20 …`, without values at their defaults.
 *
 * @throws {CliError} if a program made the data or chose a part of them, which no command line can name.
 */
export function trainCommand({ options, data, validation }: RunRecord, folder: string): string {
  const words = ['vae-native', 'train', '--data', sourceOf(data, folder)]
  for (const [name, value] of Object.entries({ ...data.preprocessing, ...data.reading }))
    words.push(...readingWords(flagName(name), name, value))
  for (const { flags, option } of trainFlags) {
    const value = optionAt(options, option)
    const flag = flags.split(' ')[0] ?? ''
    // A flag without a value can only be set.
    if (value === undefined || value === null || value === false || option === 'validation') continue
    if (flagText(value, option) === flagText(optionAt(defaults, option), option)) continue
    words.push(flag, ...(value === true ? [] : [flagText(value, option)]))
  }
  if (!isNameable(data, validation, options)) throw new CliError(`${folder}: a program chose its part of the data`)
  words.push(...validationWords(data, validation))
  return words.map(shellQuote).join(' ')
}

/** True if flags can name both parts: the whole, what the source holds out, or a split with the run's own seed. */
function isNameable({ part }: DataRecord, validation: DataRecord | undefined, { seed }: TrainOptions): boolean {
  const isOfFlags = (part: DataPart | undefined) =>
    part?.type === 'split' ? part.seed === (seed ?? defaults.seed) && !part.stratify : part?.type !== 'program'
  return part?.type !== 'heldOut' && isOfFlags(part) && isOfFlags(validation?.part)
}

/** Flags for the validation data: none for what the training data hold out, which is the default. */
function validationWords(data: DataRecord, validation: DataRecord | undefined): string[] {
  if (validation === undefined) return ['--validation', 'none']
  const { part, reading, source } = validation
  if (source === undefined || (part === undefined && isNamed(data.source ?? ''))) return []
  if (source !== data.source || part?.type === 'whole') {
    const own = Object.entries(reading).filter(([name]) => validationFlag(name) !== undefined)
    const words = own.flatMap(([name, value]) => readingWords(validationFlag(name) ?? '', name, value))
    return ['--validation', source, ...words]
  }
  if (part?.type === 'heldOut') return []
  const share = part?.type === 'split' ? part.validation : shareOf(validation.n, data.n + validation.n)
  return ['--validation', String(share)]
}

/** Shortest share of `all` that a split rounds to `n`. */
function shareOf(n: number, all: number): number {
  for (let digits = 1; digits < 17; digits++) {
    const share = Number((n / all).toPrecision(digits))
    if (share < 1 && Math.round(share * all) === n) return share
  }
  return n / all
}

/** A flag of data and its value; none for a default. */
function readingWords(flag: string, name: string, value: unknown): string[] {
  const isDefault = (name === 'fit' && value === 'contain') || (name === 'binarize' && value === 'none')
  if (isDefault || value === undefined || value === null) return []
  if (typeof value === 'boolean') return [value ? flag : flag.replace('--', '--no-')]
  return [flag, flagText(value, name)]
}

/** The value at a path such as `estimator.kl`. For a likelihood with parameters: its type. */
function optionAt(options: object, path: string): unknown {
  let value: unknown = options
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  if (path === 'likelihood' && typeof value === 'object' && value !== null) return (value as { type?: unknown }).type
  return value
}

/** The value in the form of its flag. */
function flagText(value: unknown, option: string): string {
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.join(option === 'size' || option === 'shape' ? 'x' : ',')
  if (option === 'beta') return betaText(value as Beta)
  if (option === 'learningRate') return learningRateText(value as LearningRate)
  if (option === 'checkpointEvery') return intervalText(value as Every)
  if (option === 'separator') return separatorText(String(value))
  if (option === 'prior') return Object.values(value as object).join(',')
  return String(value)
}

/** An interval as a flag: `2epochs`, `30s` or `2epochs,30s`. */
function intervalText({ epochs, seconds }: Every): string {
  const parts = [epochs === undefined ? '' : `${epochs}epochs`, seconds === undefined ? '' : `${seconds}s`]
  return parts.filter((part) => part !== '').join(',')
}
