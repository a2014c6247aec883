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
 * Kind of error; the list is closed.
 * - `ERR_VAE_OPTION`: an option is unknown, of the wrong type, out of range, or clashes with another.
 * - `ERR_VAE_DATA_RANGE`: a value lies outside the range of the likelihood.
 * - `ERR_VAE_DATA_FORMAT`: a file or value is not in its stated format.
 * - `ERR_VAE_SHAPE`: sizes do not fit together.
 * - `ERR_VAE_DIVERGED`: the loss stopped being finite; `lastGood` is the model before that.
 * - `ERR_VAE_DEVICE`: the requested device is not available.
 * - `ERR_VAE_DISPOSED`: a model was used after `dispose()`.
 * - `ERR_VAE_CHECKPOINT`: a checkpoint or model file cannot be used here.
 * - `ERR_VAE_IO`: the operating system or a server refused to read or write.
 * - `ERR_VAE_MEMORY`: a memory budget would be exceeded.
 * - `ERR_VAE_ABORTED`: a run was aborted without a signal to give the reason.
 * - `ERR_VAE_ENDED`: the run has ended and accepts no more commands.
 * - `ERR_VAE_INTERNAL`: a defect of this library.
 */
export type VaeErrorCode = (typeof codes)[number]

/** An error as plain data. */
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

/** Error thrown by this library: one sentence for the user, and its parts for a program. */
export class VaeError extends Error {
  /** Kind of error. */
  readonly code: VaeErrorCode
  /** The option concerned, as a path: `adam.beta1`. */
  declare readonly option?: string
  /** The file, folder or address concerned. */
  declare readonly path?: string
  /** The first example or value concerned, from 0. */
  declare readonly index?: number
  /** Expected value, in words. */
  declare readonly expected?: string
  /** Received value, in words. */
  declare readonly received?: string
  /** Suggested remedy. */
  declare readonly remedy?: string

  constructor(data: VaeErrorData & { lastGood?: object }, options?: ErrorOptions) {
    const { message, code, ...parts } = data
    super(message, options)
    this.code = code
    // Only known parts become properties, so that a printed error has no empty ones.
    for (const [name, part] of Object.entries(parts)) {
      const enumerable = name !== 'lastGood'
      if (part !== undefined) Object.defineProperty(this, name, { value: part, enumerable, configurable: true })
    }
  }

  /** Returns the error as plain data, without `lastGood`, which is a live model. */
  toJSON(): VaeErrorData {
    return { ...this, message: this.message }
  }

  static {
    // On the prototype, as for every built-in error, so that a printed error does not repeat it.
    VaeError.prototype.name = 'VaeError'
  }
}

/**
 * Creates a `VaeError` about a value that the caller passed, in the core's format:
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

/** Codes of napi for a value that it cannot convert: an argument of the wrong type. */
const conversionCodes = /^(InvalidArg|\w+Expected)$/

/** Extracts the `VaeError` from an error of the addon, whose message is the core's error as JSON. */
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
  return typeof message === 'string' && codes.some((candidate) => candidate === code)
}
