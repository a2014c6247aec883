/** Reader of a line-based file that another process appends to. */
import { type FileHandle, open } from 'node:fs/promises'

/** New lines since the last read. */
export interface Lines {
  /** True if the file was truncated meanwhile: the lines then start at its beginning. */
  readonly rewound: boolean
  /** Complete lines; a partial line waits for its end. */
  readonly lines: readonly string[]
}

/**
 * Reads such a file incrementally. Each read reopens it, which makes a network file system refresh from its server.
 *
 * Between two reads the file may be truncated and grow past the old offset, so each read checks the last line again: if
 * it has changed, the file starts over.
 */
export class Tail {
  readonly #path: string
  /** Offset of the next line. */
  #offset = 0
  /** The last line read, with its line break. */
  #last: Buffer = Buffer.alloc(0)

  constructor(path: string) {
    this.#path = path
  }

  /** Reads the lines since the last read; none while there is no file. */
  async read(): Promise<Lines> {
    const file = await open(this.#path).catch(() => undefined)
    if (file === undefined) return this.#from(true, Buffer.alloc(0))
    try {
      const last = await between(file, this.#offset - this.#last.length, this.#offset)
      const rewound = !last.equals(this.#last)
      const { size } = await file.stat()
      return this.#from(rewound, await between(file, rewound ? 0 : this.#offset, size))
    } finally {
      await file.close()
    }
  }

  /** Returns the complete lines of these bytes and advances past them. */
  #from(rewound: boolean, bytes: Buffer): Lines {
    const restarted = rewound && this.#offset > 0
    if (rewound) [this.#offset, this.#last] = [0, Buffer.alloc(0)]
    const end = bytes.lastIndexOf('\n') + 1
    if (end === 0) return { rewound: restarted, lines: [] }
    this.#offset += end
    // A copy, because a subarray would keep the whole buffer alive.
    this.#last = Buffer.from(bytes.subarray(bytes.lastIndexOf('\n', end - 2) + 1, end))
    return { rewound: restarted, lines: bytes.toString('utf8', 0, end - 1).split('\n') }
  }
}

/** Reads bytes `from` to `to` of a file, or up to its end. */
async function between(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const length = Math.max(0, to - from)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from)
  return buffer.subarray(0, bytesRead)
}
