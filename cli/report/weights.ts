/** The numbers of a decoder, read from the file that a model lies in. */
import { existsSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError } from '../exit.js'
import { runFiles } from '../run-folder.js'

/** One affine layer: W (outputs, inputs) and b (outputs). */
export interface AffineLayer {
  readonly inputs: number
  readonly outputs: number
  readonly weight: Float32Array
  readonly bias: Float32Array
}

/** Where a tensor of a safetensors file lies, in bytes after the header. */
interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/** The model file that is meant: itself, or the model, else the checkpoint, of a run folder. */
export function modelFile(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path
  const file = [runFiles.model, runFiles.checkpoint].map((name) => join(path, name)).find(existsSync)
  if (file === undefined)
    throw new CliError(`${path}: expected ${runFiles.model} or ${runFiles.checkpoint} in it, found neither`)
  return file
}

/** The decoder's layers from z to x: `decoder.hidden.0` …, then `decoder.output`. */
export async function decoderLayers(path: string): Promise<AffineLayer[]> {
  const file = await open(modelFile(path))
  try {
    const read = async (length: number, position: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
      if (bytesRead < length) throw new CliError(`${path}: the file ends too early`)
      return buffer
    }
    // A safetensors file is the length of its header, the header as JSON, and the tensors.
    const length = Number((await read(8, 0)).readBigUInt64LE())
    const header = JSON.parse((await read(length, 8)).toString()) as Record<string, Entry>
    const tensor = async (name: string) => {
      const { dtype, shape, data_offsets: [from, to] = [0, 0] } = header[name] ?? { dtype: '', shape: [] }
      if (dtype !== 'F32') throw new CliError(`${path}: expected ${name} as 32-bit floats, found ${dtype || 'none'}`)
      const bytes = await read(to - from, 8 + length + from)
      return { shape, values: Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)) }
    }
    const names: string[] = []
    while (`decoder.hidden.${names.length}.weight` in header) names.push(`decoder.hidden.${names.length}`)
    const layers: AffineLayer[] = []
    for (const name of [...names, 'decoder.output']) {
      const { shape, values: weight } = await tensor(`${name}.weight`)
      const [outputs = 0, inputs = 0] = shape
      layers.push({ inputs, outputs, weight, bias: (await tensor(`${name}.bias`)).values })
    }
    return layers
  } finally {
    await file.close()
  }
}
