/** Text form of rules: a number, or `linear:0:4:10`, a kind's name and its numbers in order. */
import { InvalidArgumentError } from 'commander'

/** Names of the numbers behind each kind's name, in order. */
type Kinds = Readonly<Record<string, readonly string[]>>

/** Parses a number or one of these rules. The core checks the range of the numbers. */
export function parseRule<R>(text: string, kinds: Kinds): R | number {
  const [type = '', ...values] = text.split(':')
  const numbers = values.map(Number)
  if (values.length === 0 && type.trim() !== '' && !Number.isNaN(Number(type))) return Number(type)
  const names = Object.hasOwn(kinds, type) ? kinds[type] : undefined
  if (names === undefined) {
    const forms = Object.entries(kinds).map(([kind, names]) => [kind, ...names].join(':'))
    throw new InvalidArgumentError(`expected a number or one of ${forms.join(', ')}, got ${text}`)
  }
  if (values.length !== names.length || values.includes('') || numbers.some(Number.isNaN)) {
    throw new InvalidArgumentError(`expected ${[type, ...names].join(':')} with numbers, got ${text}`)
  }
  return { type, ...Object.fromEntries(names.map((name, i) => [name, numbers[i]])) } as R
}

/** Writes a rule in the form that {@link parseRule} reads; leaves out other fields. */
export function ruleText(rule: number | { readonly type: string }, kinds: Kinds): string {
  if (typeof rule === 'number') return String(rule)
  const values = rule as unknown as Readonly<Record<string, unknown>>
  return [rule.type, ...(kinds[rule.type] ?? []).map((name) => values[name])].join(':')
}
