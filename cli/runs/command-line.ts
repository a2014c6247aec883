/** A run's record as the command line that trains it again: what `readTrainFlags` reads, written. */
import { type Beta, defaults, type Every, type LearningRate } from '../../index.js'
import { betaText } from '../flags/beta.js'
import { isNamed } from '../flags/data.js'
import { flagName } from '../base/option-names.js'
import { learningRateText } from '../flags/learning-rate.js'
import { trainFlags } from '../flags/train.js'
import { type DataRecord, type RunRecord, sourceOf } from './folder.js'

/**
 * `vae-native train --data photos --size 64 --latent-dim 20 …`; what stands at its default is left out.
 *
 * @throws {CliError} if the data came from a program, which no command line can name.
 */
export function trainCommand({ options, data, reading, validation }: RunRecord, folder: string): string {
  const words = ['vae-native', 'train', '--data', sourceOf(data, folder)]
  for (const [name, value] of Object.entries({ ...data.preprocessing, ...reading }))
    if (value !== undefined && value !== null && !isDefault(name, value)) words.push(flagName(name), text(value, name))
  for (const { flags, option } of trainFlags) {
    const value = at(options, option)
    const flag = flags.split(' ')[0] ?? ''
    if (value === undefined || value === null || option === 'validation') continue
    if (text(value, option) === text(at(defaults, option), option)) continue
    words.push(flag, ...(value === true ? [] : [text(value, option)]))
  }
  words.push(...validationWords(data, validation))
  return words.map(quoted).join(' ')
}

/** What the run was measured on: nothing is said of a set's own test part, which is taken unasked. */
function validationWords(data: DataRecord, validation: DataRecord | undefined): string[] {
  if (validation === undefined) return ['--validation', 'none']
  if (validation.source === undefined || isNamed(data.source ?? '')) return []
  if (validation.source !== data.source) return ['--validation', validation.source]
  return ['--validation', String(Number((validation.n / (data.n + validation.n)).toPrecision(6)))]
}

/** Ways to read that are taken unasked. */
function isDefault(name: string, value: unknown): boolean {
  return (name === 'fit' && value === 'contain') || (name === 'binarize' && value === 'none')
}

/** The value at a path such as `estimator.kl`. A likelihood with parameters is a word at its own path. */
function at(options: object, path: string): unknown {
  let value: unknown = options
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  if (path === 'likelihood' && typeof value === 'object' && value !== null) return (value as { type?: unknown }).type
  return value
}

/** The value as its flag takes it. */
function text(value: unknown, option: string): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(option === 'size' ? 'x' : ',')
  if (option === 'beta') return betaText(value as Beta)
  if (option === 'learningRate') return learningRateText(value as LearningRate)
  if (option === 'checkpointEvery') return intervalText(value as Every)
  if (option === 'prior') return Object.values(value as object).join(',')
  return String(value)
}

/** Of an interval in epochs and seconds a flag says one. */
function intervalText({ epochs, seconds }: Every): string {
  return epochs === undefined ? `${seconds}s` : `${epochs}epochs`
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
