/** Exit codes, and the one-sentence message of each failure. */
import { flagName, withFlagNames } from './option-names.js'

/** Exit codes: 0 done · 1 failed · 2 usage or bad input · 3 no such device · 4 diverged; signals: 128 + number. */
export const exitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  device: 3,
  diverged: 4,
  interrupted: 130,
  terminated: 143,
} as const

/** Failure with its exit code; default 2, a usage error. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = 2,
  ) {
    super(message)
    this.name = 'CliError'
  }
}

/** Abort reason after a signal. */
export class Interrupted extends CliError {
  constructor(signal: NodeJS.Signals) {
    super('stopped', signal === 'SIGTERM' ? exitCode.terminated : exitCode.interrupted)
  }
}

/** Fields read from the library's errors, by shape, so that no command loads the addon for them. */
interface LibraryError {
  readonly code?: unknown
  readonly option?: unknown
  readonly message: string
}

const usageCodes = new Set([
  'ERR_VAE_OPTION',
  'ERR_VAE_DATA_RANGE',
  'ERR_VAE_DATA_FORMAT',
  'ERR_VAE_SHAPE',
  'ERR_VAE_CHECKPOINT',
])

/** Exit code for an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode
  const code = error instanceof Error ? (error as LibraryError).code : undefined
  if (code === 'ERR_VAE_DEVICE') return exitCode.device
  if (code === 'ERR_VAE_DIVERGED') return exitCode.diverged
  return typeof code === 'string' && usageCodes.has(code) ? exitCode.usage : exitCode.failed
}

/** One sentence for the user; option names of the library are replaced by their flags. */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { option, message } = error as LibraryError
  if (typeof option !== 'string' || !message.startsWith(option)) return withFlagNames(message)
  return flagName(option) + withFlagNames(message.slice(option.length))
}

/**
 * Awaits the opening of something the user named. `ERR_VAE_IO` and `ERR_VAE_MEMORY` become bad input (exit 2), like
 * format errors; the message is unchanged.
 */
export async function asInputError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const code = error instanceof Error ? (error as LibraryError).code : undefined
    if (code === 'ERR_VAE_IO' || code === 'ERR_VAE_MEMORY') throw new CliError(sentence(error))
    throw error
  }
}
