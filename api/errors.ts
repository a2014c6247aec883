const codes = [
  'ERR_VAE_OPTION',
  'ERR_VAE_DATA_RANGE',
  'ERR_VAE_DATA_FORMAT',
  'ERR_VAE_SHAPE',
  'ERR_VAE_DIVERGED',
  'ERR_VAE_DEVICE',
  'ERR_VAE_DISPOSED',
  'ERR_VAE_CHECKPOINT',
  'ERR_VAE_IO',
  'ERR_VAE_MEMORY',
  'ERR_VAE_ABORTED',
  'ERR_VAE_ENDED',
  'ERR_VAE_INTERNAL',
] as const

/**
 * What kind of thing went wrong; the list is closed.
 * - `ERR_VAE_OPTION`: an option is unknown, of the wrong type, out of range, or clashes with another.
 * - `ERR_VAE_DATA_RANGE`: a value lies outside what the likelihood can explain.
 * - `ERR_VAE_DATA_FORMAT`: a file or value is not what it claims to be.
 * - `ERR_VAE_SHAPE`: sizes do not fit together.
 * - `ERR_VAE_DIVERGED`: the loss stopped being finite; `lastGood` is the model as it was before.
 * - `ERR_VAE_DEVICE`: the device asked for is not there.
 * - `ERR_VAE_DISPOSED`: a model was used after `dispose()`.
 * - `ERR_VAE_CHECKPOINT`: a checkpoint or model file cannot be used here.
 * - `ERR_VAE_IO`: the operating system or a server refused to read or write.
 * - `ERR_VAE_MEMORY`: a memory budget would be passed.
 * - `ERR_VAE_ABORTED`: a run was taken down without a signal that could say why.
 * - `ERR_VAE_ENDED`: the run has ended and takes no more commands.
 * - `ERR_VAE_INTERNAL`: a defect of this library.
 */
export type VaeErrorCode = (typeof codes)[number]

/** An error as data. */
export interface VaeErrorData {
  code: VaeErrorCode
  message: string
  option?: string
  path?: string
  index?: number
  expected?: string
  received?: string
  remedy?: string
}

/** Every failure of this library: one sentence for a person, and its parts for a program. */
export class VaeError extends Error {
  /** What kind of thing went wrong. */
  readonly code: VaeErrorCode
  /** The option concerned, as it is spelled: `adam.beta1`. */
  declare readonly option?: string
  /** The file, folder or address concerned. */
  declare readonly path?: string
  /** The first example or value concerned, from 0. */
  declare readonly index?: number
  /** What would have been right. */
  declare readonly expected?: string
  /** What was there. */
  declare readonly received?: string
  /** How to go on. */
  declare readonly remedy?: string

  constructor(data: VaeErrorData & { lastGood?: object }, options?: ErrorOptions) {
    const { message, code, ...parts } = data
    super(message, options)
    this.code = code
    // Only the parts that are known become properties, so that a printed error shows nothing empty.
    for (const [name, part] of Object.entries(parts)) {
      const enumerable = name !== 'lastGood'
      if (part !== undefined) Object.defineProperty(this, name, { value: part, enumerable, configurable: true })
    }
  }

  /** The error as plain data; without `lastGood`, which is a live model. */
  toJSON(): VaeErrorData {
    return { ...this, message: this.message }
  }

  static {
    // On the prototype, as for every built-in error, so that a printed error does not repeat it.
    VaeError.prototype.name = 'VaeError'
  }
}

/**
 * A `VaeError` about a value that the caller passed, in the core's words:
 * `option: expected …, got …; remedy.`
 */
export function optionError(
  option: string,
  expected: string,
  received: string,
  remedy?: string,
  code: VaeErrorCode = 'ERR_VAE_OPTION',
): VaeError {
  const message = `${option}: expected ${expected}, got ${received}${remedy === undefined ? '' : `; ${remedy}`}.`
  return new VaeError({ code, message, option, expected, received, ...(remedy !== undefined && { remedy }) })
}

/** What napi calls a value that it cannot convert: an argument of the wrong type. */
const conversionCodes = /^(InvalidArg|\w+Expected)$/

/** The `VaeError` inside an error of the addon, whose message is the core's error as JSON. */
export function fromNative(error: unknown): VaeError {
  if (error instanceof VaeError) return error
  if (!(error instanceof Error)) return internalError(String(error), error)
  const data = parseData(error.message)
  if (data !== undefined) return new VaeError(data)
  const { code } = error as NodeJS.ErrnoException
  if (code !== undefined && conversionCodes.test(code)) {
    return new VaeError({ code: 'ERR_VAE_OPTION', message: `${error.message}.` }, { cause: error })
  }
  return internalError(error.message, error)
}

function internalError(message: string, cause: unknown): VaeError {
  return new VaeError({ code: 'ERR_VAE_INTERNAL', message: `A defect of vae-native: ${message}` }, { cause })
}

function parseData(json: string): VaeErrorData | undefined {
  try {
    const data: unknown = JSON.parse(json)
    return isErrorData(data) ? data : undefined
  } catch {
    return undefined
  }
}

function isErrorData(data: unknown): data is VaeErrorData {
  if (typeof data !== 'object' || data === null) return false
  const { code, message } = data as Partial<VaeErrorData>
  return typeof message === 'string' && codes.some((known) => known === code)
}
