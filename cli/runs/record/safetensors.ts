/** Reader of safetensors files: header length, header as JSON, tensors. */
import { type FileHandle, open } from 'node:fs/promises'
import { CliError } from '../../base/exit.js'

/** Header entry of a tensor; offsets in bytes after the header. */
interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [from: number, to: number]
}

/** A tensor with its shape. */
export interface Values<V> {
  readonly shape: readonly number[]
  readonly values: V
}

/** Bytes before the header, which hold its length, little-endian. */
const preamble = 8

/** An open file; reads its tensors one at a time. */
export class TensorFile implements AsyncDisposable {
  private constructor(
    readonly path: string,
    readonly file: FileHandle,
    readonly header: Readonly<Record<string, Entry>>,
    /** Offset of the first tensor. */
    readonly start: number,
  ) {}

  /** Opens a file; throws errors of the operating system unchanged. */
  static async open(path: string): Promise<TensorFile> {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      const length = Number((await read(path, file, 0, preamble)).readBigUInt64LE())
      if (preamble + length > size) throw truncatedError(path)
      const header = JSON.parse((await read(path, file, preamble, length)).toString()) as Record<string, Entry>
      return new TensorFile(path, file, header, preamble + length)
    } catch (error) {
      await file.close()
      if (error instanceof SyntaxError) throw new CliError(`${path}: expected a safetensors file, got something else`)
      throw error
    }
  }

  /** The writer's metadata, under the writer's keys. */
  get metadata(): Readonly<Record<string, string>> {
    return (this.header.__metadata__ ?? {}) as unknown as Record<string, string>
  }

  has(name: string): boolean {
    return name in this.header
  }

  /** Reads a tensor of 32-bit floats. */
  async floats(name: string): Promise<Values<Float32Array>> {
    const { shape, bytes } = await this.#bytes(name, 'F32', '32-bit floats')
    return { shape, values: Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)) }
  }

  /** Reads a tensor of 32-bit integers. */
  async integers(name: string): Promise<Values<Int32Array>> {
    const { shape, bytes } = await this.#bytes(name, 'I32', '32-bit integers')
    return { shape, values: Int32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(4 * i)) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file.close()
  }

  async #bytes(name: string, expected: string, words: string) {
    const { dtype, shape, data_offsets: [from, to] = [0, 0] } = this.header[name] ?? { dtype: '', shape: [] }
    if (dtype !== expected) throw new CliError(`${this.path}: expected ${name} as ${words}, found ${dtype || 'none'}`)
    return { shape, bytes: await read(this.path, this.file, this.start + from, to - from) }
  }
}

async function read(path: string, file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  if (bytesRead < length) throw truncatedError(path)
  return buffer
}

function truncatedError(path: string): CliError {
  return new CliError(`${path}: the file ends too early`)
}
