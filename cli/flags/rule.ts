/** Text form of rules: a number, or `linear:0:4:10`, a kind's name and its numbers in order. */
import { InvalidArgumentError } from 'commander'

/** Names of the numbers behind each kind's name, in order; with a question mark those at the end that may be left out. */
type Kinds = Readonly<Record<string, readonly string[]>>

/** Parses a number or one of these rules. The core checks the range of the numbers. */
export function parseRule<R>(text: string, kinds: Kinds): R | number {
  const [type = '', ...values] = text.split(':')
  const numbers = values.map(Number)
  if (values.length === 0 && type.trim() !== '' && !Number.isNaN(Number(type))) return Number(type)
  const names = Object.hasOwn(kinds, type) ? kinds[type] : undefined
  if (names === undefined) {
    const forms = Object.entries(kinds).map(([kind, names]) => formOf(kind, names))
    throw new InvalidArgumentError(`expected a number or one of ${forms.join(', ')}, got ${text}`)
  }
  const needed = names.filter((name) => !name.endsWith('?')).length
  const isCount = values.length >= needed && values.length <= names.length
  if (!isCount || values.some((value) => value.trim() === '') || numbers.some(Number.isNaN)) {
    throw new InvalidArgumentError(`expected ${formOf(type, names)} with numbers, got ${text}`)
  }
  return { type, ...Object.fromEntries(numbers.map((number, i) => [fieldOf(names[i] ?? ''), number])) } as R
}

/** Writes a rule in the form that {@link parseRule} reads, to the last digit. */
export function ruleText(rule: number | { readonly type: string }, kinds: Kinds): string {
  if (typeof rule === 'number') return String(rule)
  const values = rule as unknown as Readonly<Record<string, unknown>>
  const numbers = (kinds[rule.type] ?? []).map((name) => values[fieldOf(name)])
  return [rule.type, ...numbers.filter((number) => number !== undefined)].join(':')
}

/** `target-kl:nats[:rate]`. */
function formOf(kind: string, names: readonly string[]): string {
  return [kind, ...names.map((name) => (name.endsWith('?') ? `[:${fieldOf(name)}]` : `:${name}`))].join('')
}

function fieldOf(name: string): string {
  return name.replace('?', '')
}
