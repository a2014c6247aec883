/** Decoder weights, read from a model file. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CliError } from '../base/exit.js'
import { runFiles } from '../runs/folder.js'
import { TensorFile } from '../runs/record/safetensors.js'

/** Affine layer: W (outputs, inputs) and b (outputs). */
export interface AffineLayer {
  readonly inputs: number
  readonly outputs: number
  readonly weight: Float32Array
  readonly bias: Float32Array
}

/** Resolves a model file: the path itself, or the model, else the checkpoint, of a run folder. */
function modelFile(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path
  const file = [runFiles.model, runFiles.checkpoint].map((name) => join(path, name)).find(existsSync)
  if (file === undefined)
    throw new CliError(`${path}: expected ${runFiles.model} or ${runFiles.checkpoint} in it, found neither`)
  return file
}

/** Reads the decoder layers from z to x: `decoder.hidden.0` …, then `decoder.output`. */
export async function decoderLayers(path: string): Promise<AffineLayer[]> {
  await using file = await TensorFile.open(modelFile(path))
  const names: string[] = []
  while (file.has(`decoder.hidden.${names.length}.weight`)) names.push(`decoder.hidden.${names.length}`)
  const layers: AffineLayer[] = []
  for (const name of [...names, 'decoder.output']) {
    const { shape, values: weight } = await file.floats(`${name}.weight`)
    const [outputs = 0, inputs = 0] = shape
    layers.push({ inputs, outputs, weight, bias: (await file.floats(`${name}.bias`)).values })
  }
  return layers
}
