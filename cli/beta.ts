import { InvalidArgumentError } from 'commander'
import type { Beta } from '../index.js'

/** What follows each kind's name, in order. */
const parameters = {
  linear: ['from', 'to', 'epochs'],
  cosine: ['from', 'to', 'epochs'],
  cyclical: ['to', 'cycles', 'epochs'],
  capacity: ['kl', 'epochs'],
  'target-kl': ['nats'],
  'target-reconstruction': ['nats'],
} as const

/** β as it is typed: `4`, `linear:0:4:10`, `target-kl:10`. Which numbers are allowed is the core's to say. */
export function parseBeta(text: string): Beta {
  const [type = '', ...values] = text.split(':')
  const numbers = values.map(Number)
  if (values.length === 0 && type.trim() !== '' && !Number.isNaN(Number(type))) return Number(type)
  const names = Object.hasOwn(parameters, type) ? parameters[type as keyof typeof parameters] : undefined
  if (names === undefined) {
    const forms = Object.entries(parameters).map(([kind, names]) => [kind, ...names].join(':'))
    throw new InvalidArgumentError(`expected a number or one of ${forms.join(', ')}, got ${text}`)
  }
  if (values.length !== names.length || values.includes('') || numbers.some(Number.isNaN)) {
    throw new InvalidArgumentError(`expected ${[type, ...names].join(':')} with numbers, got ${text}`)
  }
  return { type, ...Object.fromEntries(names.map((name, i) => [name, numbers[i]])) } as unknown as Beta
}

/** β as {@link parseBeta} reads it; what that does not take is left out. */
export function betaText(beta: Beta): string {
  if (typeof beta === 'number') return String(beta)
  const values: Record<string, unknown> = { ...beta }
  return [beta.type, ...parameters[beta.type].map((name) => values[name])].join(':')
}
