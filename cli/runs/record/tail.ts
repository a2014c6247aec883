/** A file of lines that another process appends to. */
import { type FileHandle, open } from 'node:fs/promises'

/** What there is to read since the last look. */
export interface Lines {
  /** Whether the file was cut back meanwhile: then the lines are those from its beginning on. */
  readonly again: boolean
  /** Whole lines; what is half written waits for its end. */
  readonly lines: readonly string[]
}

/**
 * Reads such a file bit by bit. Every look opens it anew, which is what makes a network file system ask its server.
 *
 * A file may be cut back and grow past where it was between two looks: what was read last is read again, and if it is no
 * longer there, the file has another story now.
 */
export class Tail {
  readonly #path: string
  /** Where the next line begins. */
  #offset = 0
  /** The last line that was read, with its end. */
  #last: Buffer = Buffer.alloc(0)

  constructor(path: string) {
    this.#path = path
  }

  /** The lines since the last look; none while there is no file. */
  async read(): Promise<Lines> {
    const file = await open(this.#path).catch(() => undefined)
    if (file === undefined) return this.#from(true, Buffer.alloc(0))
    try {
      const last = await between(file, this.#offset - this.#last.length, this.#offset)
      const again = !last.equals(this.#last)
      const { size } = await file.stat()
      return this.#from(again, await between(file, again ? 0 : this.#offset, size))
    } finally {
      await file.close()
    }
  }

  /** Goes on behind the last whole line of these bytes. */
  #from(again: boolean, bytes: Buffer): Lines {
    const began = again && this.#offset > 0
    if (again) [this.#offset, this.#last] = [0, Buffer.alloc(0)]
    const end = bytes.lastIndexOf('\n') + 1
    if (end === 0) return { again: began, lines: [] }
    this.#offset += end
    // A copy, as a part would keep the whole alive.
    this.#last = Buffer.from(bytes.subarray(bytes.lastIndexOf('\n', end - 2) + 1, end))
    return { again: began, lines: bytes.toString('utf8', 0, end - 1).split('\n') }
  }
}

/** These bytes of a file, or as many of them as there are. */
async function between(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const length = Math.max(0, to - from)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from)
  return buffer.subarray(0, bytesRead)
}
