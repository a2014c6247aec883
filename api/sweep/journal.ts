import { closeSync, fdatasync, openSync, readFileSync, truncateSync, write } from 'node:fs'
import { promisify } from 'node:util'
import { VaeError } from '../errors.js'

/** A line of a journal. */
export type Operation = Readonly<Record<string, unknown>>

/**
 * A file of JSON lines that only grows. What was appended is on the disk when the promise says so; a process that is killed
 * leaves at most the beginning of a line, which the next one cuts off.
 */
export class Journal {
  readonly #path: string
  readonly #fd: number
  #last: Promise<void> = Promise.resolve()

  /** Opens the journal to append to; a line that is half written is removed. */
  constructor(path: string) {
    this.#path = path
    this.#fd = guarded(path, () => {
      const fd = openSync(path, 'a')
      truncateSync(path, wholeLines(readFileSync(path)).length)
      return fd
    })
  }

  /** Adds these lines as one, after all that were added before. */
  append(...operations: readonly Operation[]): Promise<void> {
    const bytes = Buffer.from(operations.map((operation) => `${JSON.stringify(operation)}\n`).join(''))
    this.#last = this.#last.then(() => this.#write(bytes))
    return this.#last
  }

  /** Waits for what was appended, and closes the file. */
  async close(): Promise<void> {
    await this.#last.catch(() => {}) // whoever appended has heard of it
    closeSync(this.#fd)
  }

  async #write(bytes: Buffer): Promise<void> {
    try {
      const { bytesWritten } = await promisify(write)(this.#fd, bytes)
      if (bytesWritten < bytes.length) throw new Error('the disk is full')
      await promisify(fdatasync)(this.#fd)
    } catch (error) {
      throw failed('write', this.#path, error)
    }
  }
}

/**
 * The lines of a journal, without the last one if it is half written.
 *
 * @throws {VaeError} `ERR_VAE_IO` if it cannot be read, `ERR_VAE_CHECKPOINT` if a line is no JSON.
 */
export function readJournal(path: string): Operation[] {
  const lines = wholeLines(guarded(path, () => readFileSync(path)))
  return lines
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line, i) => parsed(path, line, i + 1))
}

function wholeLines(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.lastIndexOf('\n') + 1)
}

function parsed(path: string, line: string, number: number): Operation {
  try {
    return JSON.parse(line)
  } catch {
    const message = `${path}: line ${number} is no JSON; restore the file, or start a new study in another folder.`
    throw new VaeError({ code: 'ERR_VAE_CHECKPOINT', message, path })
  }
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw failed('open', path, error)
  }
}

function failed(action: string, path: string, cause: unknown): VaeError {
  const message = `${path}: cannot ${action} the journal of the study: ${(cause as Error).message}.`
  return new VaeError({ code: 'ERR_VAE_IO', message, path }, { cause })
}
