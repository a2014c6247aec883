/** What `--vary` says: `beta=0,1,5`, `learning-rate=1e-4..1e-2:log`, `latent-dim=2..32:step=2`, `hidden-dims=400,512x256`. */
import { InvalidArgumentError } from 'commander'
import { type Beta, type LearningRate, optionTable, type Range, type Vary } from '../../index.js'
import { kebab } from '../base/option-names.js'
import { betaText } from './beta.js'
import { learningRateText } from './learning-rate.js'
import { number, partFlags, trainFlags } from './train.js'

/** The options that can be varied, by the names that are typed. */
const varied = new Map(optionTable.flatMap((row) => (row.sweep === undefined ? [] : [[kebab(row.name), row] as const])))

/** One more `--vary`, beside those before. */
export function addVary(text: string, before: Vary = {}): Vary {
  const [, typed = '', values = ''] = /^([\w-]+)=(.+)$/.exec(text) ?? []
  if (typed === '') throw new InvalidArgumentError(`expected NAME=VALUES such as beta=0,1,5, got ${text}`)
  const row = varied.get(kebab(typed))
  if (row === undefined) {
    throw new InvalidArgumentError(`expected one of ${[...varied.keys()].join(', ')} before the =, got ${typed}`)
  }
  const { name, sweep } = row
  if (name in before) throw new InvalidArgumentError(`expected each option once, got ${typed} twice`)
  const isRange = sweep !== 'choice' && values.includes('..')
  return { ...before, [name]: isRange ? range(values) : values.split(',').map((value) => read(name, value.trim())) }
}

/**
 * A value as the option's flag reads it, but with `x` for the commas inside it: those lie between values here. An option
 * whose parts have flags is its kind, if it has one, and its parts: `score-function:samples:4`, `beta1:0.5`. The name of an
 * only part may be left out: `gaussian:0.5`.
 */
function read(option: string, text: string): unknown {
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

/** Does a value of this option begin with the name of its kind? */
function hasKinds(option: string): boolean {
  return trainFlags.some((flag) => flag.option === option || flag.option === `${option}.type`)
}

/** `1e-4..1e-2:log`, `2..32:step=2`. */
function range(text: string): Range {
  const [ends = '', ...rest] = text.split(':')
  const [low, high, ...more] = ends.split('..')
  if (low === undefined || high === undefined || more.length > 0) throw refused(text)
  const given: Range = { low: number(low), high: number(high) }
  for (const part of rest) {
    const [, step] = /^step=(.+)$/.exec(part) ?? []
    if (part === 'log') given.log = true
    else if (step !== undefined) given.step = number(step)
    else throw refused(text)
  }
  return given
}

function refused(text: string): InvalidArgumentError {
  return new InvalidArgumentError(`expected a range such as 0..10, 1e-4..1e-2:log or 2..32:step=2, got ${text}`)
}

/** The name of an option as it is typed: `learning-rate`. */
export function nameOf(option: string): string {
  return kebab(option)
}

/** A value as {@link addVary} reads it. */
export function valueText(name: string, value: unknown): string {
  if (name === 'beta') return betaText(value as Beta)
  if (name === 'learningRate') return learningRateText(value as LearningRate)
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join('x')
  if (typeof value !== 'object' || value === null) return String(value)
  const { type, ...parts } = value as { type?: string }
  if (name === 'prior') return Object.values(parts).join('x')
  const known = partFlags(name).filter(({ part }) => part !== 'type')
  const words = Object.entries(parts).flatMap(([part, value]) => [
    ...(known.length > 1 ? [kebab(part)] : []),
    ...(value === true ? [] : [String(value)]),
  ])
  return [...(type === undefined ? [] : [type]), ...words].join(':')
}
