/** Writes a run's record as the command line that trains it again; the inverse of `readTrainFlags`. */
import { type Beta, defaults, type Every, type LearningRate } from '../../index.js'
import { flagName } from '../base/option-names.js'
import { betaText } from '../flags/beta.js'
import { isNamed } from '../flags/data.js'
import { learningRateText } from '../flags/learning-rate.js'
import { trainFlags } from '../flags/train.js'
import { type DataRecord, type RunRecord, sourceOf } from './folder.js'

/**
 * `vae-native train --data photos --size 64 --latent-dim 20 …`, without values at their defaults.
 *
 * @throws {CliError} if the data came from a program, which no command line can name.
 */
export function trainCommand({ options, data, reading, validation }: RunRecord, folder: string): string {
  const words = ['vae-native', 'train', '--data', sourceOf(data, folder)]
  for (const [name, value] of Object.entries({ ...data.preprocessing, ...reading }))
    if (value !== undefined && value !== null && !isDefault(name, value))
      words.push(flagName(name), flagText(value, name))
  for (const { flags, option } of trainFlags) {
    const value = optionAt(options, option)
    const flag = flags.split(' ')[0] ?? ''
    // A flag without a value can only be set.
    if (value === undefined || value === null || value === false || option === 'validation') continue
    if (flagText(value, option) === flagText(optionAt(defaults, option), option)) continue
    words.push(flag, ...(value === true ? [] : [flagText(value, option)]))
  }
  words.push(...validationWords(data, validation))
  return words.map(shellQuote).join(' ')
}

/** Flags for the validation data: none for a set's own test part, which is the default. */
function validationWords(data: DataRecord, validation: DataRecord | undefined): string[] {
  if (validation === undefined) return ['--validation', 'none']
  if (validation.source === undefined || isNamed(data.source ?? '')) return []
  if (validation.source !== data.source) return ['--validation', validation.source]
  return ['--validation', String(shareOf(validation.n, data.n + validation.n))]
}

/** Shortest share of `all` that a split rounds to `n`. */
function shareOf(n: number, all: number): number {
  for (let digits = 1; digits < 17; digits++) {
    const share = Number((n / all).toPrecision(digits))
    if (share < 1 && Math.round(share * all) === n) return share
  }
  return n / all
}

/** True for the defaults of reading. */
function isDefault(name: string, value: unknown): boolean {
  return (name === 'fit' && value === 'contain') || (name === 'binarize' && value === 'none')
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
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(option === 'size' ? 'x' : ',')
  if (option === 'beta') return betaText(value as Beta)
  if (option === 'learningRate') return learningRateText(value as LearningRate)
  if (option === 'checkpointEvery') return intervalText(value as Every)
  if (option === 'prior') return Object.values(value as object).join(',')
  return String(value)
}

/** An interval as a flag: `2epochs`, `30s` or `2epochs,30s`. */
function intervalText({ epochs, seconds }: Every): string {
  const parts = [epochs === undefined ? '' : `${epochs}epochs`, seconds === undefined ? '' : `${seconds}s`]
  return parts.filter((part) => part !== '').join(',')
}

/** Quotes a word for the shell if necessary. */
function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
