/** How the program ends: the exit codes, and the one sentence that each failure gets. */
import { flagName, inFlags } from './option-names.js'

/** 0 done · 1 failed · 2 usage or bad input · 3 no such device · 4 diverged; a signal adds 128 to its number. */
export const exitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  device: 3,
  diverged: 4,
  interrupted: 130,
  terminated: 143,
} as const

/** A failure that already knows its exit code: a slip on the command line unless it says otherwise. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = 2,
  ) {
    super(message)
    this.name = 'CliError'
  }
}

/** The reason that a signal gives to the calls it aborts. */
export class Interrupted extends CliError {
  constructor(signal: NodeJS.Signals) {
    super('stopped', signal === 'SIGTERM' ? exitCode.terminated : exitCode.interrupted)
  }
}

/** The fields of the library's errors that matter here; read by shape, so that no command loads the addon for it. */
interface Coded {
  readonly code?: unknown
  readonly option?: unknown
  readonly message: string
}

const usage = new Set([
  'ERR_VAE_OPTION',
  'ERR_VAE_DATA_RANGE',
  'ERR_VAE_DATA_FORMAT',
  'ERR_VAE_SHAPE',
  'ERR_VAE_CHECKPOINT',
])

/** The exit code that an error deserves. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode
  const code = error instanceof Error ? (error as Coded).code : undefined
  if (code === 'ERR_VAE_DEVICE') return exitCode.device
  if (code === 'ERR_VAE_DIVERGED') return exitCode.diverged
  return typeof code === 'string' && usage.has(code) ? exitCode.usage : exitCode.failed
}

/** One sentence for a person; the options that the library names are spelled as their flags. */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { option, message } = error as Coded
  if (typeof option !== 'string' || !message.startsWith(option)) return inFlags(message)
  return flagName(option) + inFlags(message.slice(option.length))
}

/**
 * Opens something that the user named. What cannot be opened is bad input (exit 2), whether the operating system or
 * the format is the reason; the sentence stays as it is.
 */
export async function opening<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const code = error instanceof Error ? (error as Coded).code : undefined
    if (code === 'ERR_VAE_IO' || code === 'ERR_VAE_MEMORY') throw new CliError(sentence(error))
    throw error
  }
}
