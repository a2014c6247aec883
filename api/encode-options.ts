import { optionError } from './errors.js'

/** Nesting limit, which no option reaches: a cycle gives a clear error instead of a stack overflow. */
const MAX_DEPTH = 8

/**
 * Encodes options as JSON for the core, which defines their names, ranges and defaults.
 *
 * Refuses only values that JSON would silently drop or change: numbers that are not finite, functions, symbols,
 * bigints, objects with a class. `undefined` counts as not given. Only own enumerable properties are read.
 *
 * @param options The options; `undefined` for none.
 * @param omitted Names that are not passed on: handles and signals.
 * @throws {VaeError} `ERR_VAE_OPTION`, with the path of the option: `adam.beta1`.
 */
export function encodeOptions(options: object | undefined, omitted: readonly string[] = []): string {
  if (options === undefined) return '{}'
  if (!isPlainObject(options)) throw optionError('options', 'an object', describe(options))
  const kept = Object.entries(options).filter(([name]) => !omitted.includes(name))
  return JSON.stringify(toJsonObject(kept, '', 1))
}

function toJsonObject(entries: [string, unknown][], prefix: string, depth: number): object {
  const given = entries.filter(([, value]) => value !== undefined)
  // fromEntries defines properties, so even an option called `__proto__` arrives as an unknown name.
  return Object.fromEntries(given.map(([name, value]) => [name, toJsonValue(value, prefix + name, depth)]))
}

function toJsonValue(value: unknown, path: string, depth: number): unknown {
  if (depth > MAX_DEPTH) throw optionError(path, 'plain JSON', 'one that is nested too deep')
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw optionError(path, 'a finite number', describe(value))
    return value
  }
  if (isArrayLike(value)) return Array.from(value, (item, i) => toJsonValue(item, `${path}[${i}]`, depth + 1))
  if (isPlainObject(value)) return toJsonObject(Object.entries(value), `${path}.`, depth + 1)
  if (value === undefined) throw optionError(path, 'a finite number', 'undefined')
  throw optionError(path, 'plain JSON', describe(value))
}

/** True for an array or a typed array. */
function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  // An object from another realm (a vm context, a worker's message) has a root prototype that is not ours.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Describes a value in a few words, for the end of "expected …, got …". */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
    case 'bigint':
      return `${value}n, a bigint`
    case 'function':
      return 'a function'
    case 'symbol':
      return 'a symbol'
    case 'object': {
      if (value === null) return 'null'
      if (Array.isArray(value)) return `an array of ${value.length}`
      const name = value.constructor?.name
      return name === undefined || name === 'Object' ? 'an object' : `a ${name}`
    }
    default:
      return String(value)
  }
}

/**
 * Returns a whole number from `least` up that the addon can receive. The core checks ranges; this refuses only values
 * that the conversion would wrap or round: fractions, negatives, anything above `most`.
 *
 * @throws {VaeError} `ERR_VAE_OPTION`
 */
export function wholeNumber(option: string, value: unknown, min = 0, max = 2 ** 32 - 1): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw optionError(option, `a whole number from ${min} up`, describe(value))
}

/**
 * Returns a number that JSON can represent; the core checks its range.
 *
 * @throws {VaeError} `ERR_VAE_OPTION`
 */
export function finiteNumber(option: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw optionError(option, 'a finite number', describe(value))
}
