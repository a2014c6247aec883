/** What `--vary` says: `beta=0,1,5`, `learning-rate=1e-4..1e-2:log`, `latent-dim=2..32:step=2`, `hidden-dims=400,512x256`. */
import { InvalidArgumentError } from 'commander'
import type { Beta, Likelihood, Range, Vary } from '../../index.js'
import { betaText, parseBeta } from '../beta.js'
import { flagName } from '../flag-words.js'
import { number, variance } from '../options.js'

/** How a value of each option is read. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  beta: parseBeta,
  latentDim: number,
  learningRate: number,
  hiddenDims: (text) => (text === 'none' ? [] : text.split('x').map(number)),
  batchSize: number,
  epochs: number,
  likelihood,
  activation: word,
  posterior: word,
  initialization: word,
  estimator: (text) => ({ type: text }),
  keep: word,
}

/** The options of which a range can be typed. */
const numeric = ['beta', 'latentDim', 'learningRate', 'batchSize', 'epochs']

/** One more `--vary`, beside those before. */
export function addVary(text: string, before: Vary = {}): Vary {
  const [, typed = '', values = ''] = /^([\w-]+)=(.+)$/.exec(text) ?? []
  if (typed === '') throw new InvalidArgumentError(`expected NAME=VALUES such as beta=0,1,5, got ${text}`)
  const name = typed.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined
  if (read === undefined) {
    const known = Object.keys(readers).map(nameOf).join(', ')
    throw new InvalidArgumentError(`expected one of ${known} before the =, got ${typed}`)
  }
  if (name in before) throw new InvalidArgumentError(`expected each option once, got ${typed} twice`)
  const isRange = numeric.includes(name) && values.includes('..')
  return { ...before, [name]: isRange ? range(values) : values.split(',').map((value) => read(value.trim())) }
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

/** `gaussian:0.5`, `gaussian:learned`, or a word alone. */
function likelihood(text: string): Likelihood {
  const [type, given] = text.split(':')
  return given === undefined ? (text as Likelihood) : ({ type, variance: variance(given) } as Likelihood)
}

function word(text: string): string {
  return text
}

/** The name of an option as it is typed: `learning-rate`. */
export function nameOf(option: string): string {
  return flagName(option).slice(2)
}

/** A value as {@link addVary} reads it. */
export function valueText(name: string, value: unknown): string {
  if (name === 'beta') return betaText(value as Beta)
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join('x')
  if (typeof value !== 'object' || value === null) return String(value)
  const { type, variance } = value as { type?: string; variance?: unknown }
  return type === undefined ? JSON.stringify(value) : [type, ...(variance === undefined ? [] : [variance])].join(':')
}
