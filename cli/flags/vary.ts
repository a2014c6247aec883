/** `--vary`: `beta=0,1,5`, `learning-rate=1e-4..1e-2:log`, `latent-dim=2..32:step=2`, `hidden-dims=400,512x256`. */
import { InvalidArgumentError } from 'commander'
import { type Beta, type LearningRate, optionTable, type Range, type Vary } from '../../index.js'
import { kebab } from '../base/option-names.js'
import { betaText } from './beta.js'
import { learningRateText } from './learning-rate.js'
import { parseNumber, partFlags, trainFlags } from './train.js'

/** Options that can be varied, by their names on the command line. */
const variedOptions = new Map(
  optionTable.flatMap((row) => (row.sweep === undefined ? [] : [[kebab(row.name), row] as const])),
)

/** Adds one `--vary` to those before. */
export function addVary(text: string, before: Vary = {}): Vary {
  const [, typed = '', values = ''] = /^([\w-]+)=(.+)$/.exec(text) ?? []
  if (typed === '') throw new InvalidArgumentError(`expected NAME=VALUES such as beta=0,1,5, got ${text}`)
  const row = variedOptions.get(kebab(typed))
  if (row === undefined) {
    throw new InvalidArgumentError(`expected one of ${[...variedOptions.keys()].join(', ')} before the =, got ${typed}`)
  }
  const { name, sweep } = row
  if (name in before) throw new InvalidArgumentError(`expected each option once, got ${typed} twice`)
  const isRange = sweep !== 'choice' && values.includes('..')
  return {
    ...before,
    [name]: isRange ? parseRange(values) : values.split(',').map((value) => parseValue(name, value.trim())),
  }
}

/**
 * Parses a value like the option's flag, but with `x` for commas inside it, because commas separate values here. For an
 * option whose parts have flags: its kind, if it has one, and its parts: `score-function:samples:4`, `beta1:0.5`. The
 * name of a single part is optional: `gaussian:0.5`.
 */
function parseValue(option: string, text: string): unknown {
  const flag = trainFlags.find((flag) => flag.option === option)
  const parts = partFlags(option).filter(({ part }) => part !== 'type')
  if (parts.length === 0) return flag?.parse === undefined ? text : flag.parse(text.replaceAll('x', ','))
  const words = text.split(':')
  const type = hasKinds(option) ? words.shift() : undefined
  if (flag !== undefined && words.length === 0) return type
  const value: Record<string, unknown> = type === undefined ? {} : { type }
  while (words.length > 0) {
    const named = parts.find(({ part }) => kebab(part) === words[0])
    const [only] = parts.length === 1 ? parts : []
    const found = named ?? only
    if (found === undefined) {
      const known = parts.map(({ part }) => kebab(part)).join(', ')
      throw new InvalidArgumentError(`expected one of ${known}, each followed by : and its value, got ${text}`)
    }
    if (named !== undefined) words.shift()
    const takesValue = found.flag.flags.includes('<')
    const typed = takesValue ? words.shift() : undefined
    if (takesValue && typed === undefined)
      throw new InvalidArgumentError(`expected a value after ${kebab(found.part)}:, got ${text}`)
    value[found.part] = typed === undefined ? true : (found.flag.parse?.(typed) ?? typed)
  }
  return value
}

/** True if a value of this option begins with the name of its kind. */
function hasKinds(option: string): boolean {
  return trainFlags.some((flag) => flag.option === option || flag.option === `${option}.type`)
}

/** Parses `1e-4..1e-2:log`, `2..32:step=2`. */
function parseRange(text: string): Range {
  const [ends = '', ...rest] = text.split(':')
  const [low, high, ...more] = ends.split('..')
  if (low === undefined || high === undefined || more.length > 0) throw rangeError(text)
  const given: Range = { low: parseNumber(low), high: parseNumber(high) }
  for (const part of rest) {
    const [, step] = /^step=(.+)$/.exec(part) ?? []
    if (part === 'log') given.log = true
    else if (step !== undefined) given.step = parseNumber(step)
    else throw rangeError(text)
  }
  return given
}

function rangeError(text: string): InvalidArgumentError {
  return new InvalidArgumentError(`expected a range such as 0..10, 1e-4..1e-2:log or 2..32:step=2, got ${text}`)
}

/** Name of an option on the command line: `learning-rate`. */
export function nameOf(option: string): string {
  return kebab(option)
}

/** Writes a value in the form that {@link addVary} reads. */
export function valueText(name: string, value: unknown): string {
  if (name === 'beta') return betaText(value as Beta)
  if (name === 'learningRate') return learningRateText(value as LearningRate)
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join('x')
  if (typeof value !== 'object' || value === null) return String(value)
  const { type, ...parts } = value as { type?: string }
  if (name === 'prior') return Object.values(parts).join('x')
  const known = partFlags(name).filter(({ part }) => part !== 'type')
  // A part without a value, such as a baseline, can only be set.
  const set = Object.entries(parts).filter(([, value]) => value !== false)
  const words = set.flatMap(([part, value]) => [
    ...(known.length > 1 ? [kebab(part)] : []),
    ...(value === true ? [] : [String(value)]),
  ])
  return [...(type === undefined ? [] : [type]), ...words].join(':')
}
