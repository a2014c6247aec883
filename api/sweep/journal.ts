import { closeSync, fdatasync, openSync, readFileSync, truncateSync, write } from 'node:fs'
import { promisify } from 'node:util'
import { VaeError } from '../errors.js'

/** A line of a journal. */
export type Operation = Readonly<Record<string, unknown>>

/**
 * Append-only file of JSON lines. Appended lines are on disk when the promise resolves; a process that is killed leaves
 * at most the beginning of a line, which the next one removes.
 */
export class Journal {
  readonly #path: string
  readonly #fd: number
  #last: Promise<void> = Promise.resolve()

  /** Opens the journal for appending; removes a half-written line. */
  constructor(path: string) {
    this.#path = path
    this.#fd = withJournalError(path, () => {
      const fd = openSync(path, 'a')
      truncateSync(path, completeLines(readFileSync(path)).length)
      return fd
    })
  }

  /** Appends these lines in one write, after all earlier ones. */
  append(...operations: readonly Operation[]): Promise<void> {
    const bytes = Buffer.from(operations.map((operation) => `${JSON.stringify(operation)}\n`).join(''))
    this.#last = this.#last.then(() => this.#write(bytes))
    return this.#last
  }

  /** Waits for pending writes, and closes the file. */
  async close(): Promise<void> {
    await this.#last.catch(() => {}) // the caller of `append` has received it
    closeSync(this.#fd)
  }

  async #write(bytes: Buffer): Promise<void> {
    try {
      const { bytesWritten } = await promisify(write)(this.#fd, bytes)
      if (bytesWritten < bytes.length) throw new Error('the disk is full')
      await promisify(fdatasync)(this.#fd)
    } catch (error) {
      throw journalError('write', this.#path, error)
    }
  }
}

/**
 * Reads the lines of a journal, without the last one if it is half written.
 *
 * @throws {VaeError} `ERR_VAE_IO` if it cannot be read, `ERR_VAE_CHECKPOINT` if a line is not JSON.
 */
export function readJournal(path: string): Operation[] {
  const lines = completeLines(withJournalError(path, () => readFileSync(path)))
  return lines
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line, i) => parseLine(path, line, i + 1))
}

function completeLines(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.lastIndexOf('\n') + 1)
}

function parseLine(path: string, line: string, number: number): Operation {
  try {
    return JSON.parse(line)
  } catch {
    const message = `${path}: line ${number} is not JSON; restore the file, or start a new study in another folder.`
    throw new VaeError({ code: 'ERR_VAE_CHECKPOINT', message, path })
  }
}

function withJournalError<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw journalError('open', path, error)
  }
}

function journalError(action: string, path: string, cause: unknown): VaeError {
  const message = `${path}: cannot ${action} the journal of the study: ${(cause as Error).message}.`
  return new VaeError({ code: 'ERR_VAE_IO', message, path }, { cause })
}
