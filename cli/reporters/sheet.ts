/** Output of examples: a file, and on a terminal a picture. */
import { extname } from 'node:path'
import type { Tensor } from '../../index.js'
import { CliError } from '../base/exit.js'
import { csv, writeAtomically } from '../base/files.js'
import { npy } from '../base/npy.js'
import type { Output } from '../base/output.js'
import { grid, pictures } from '../charts/text/picture.js'

/** Path and layout of a sheet of examples. */
export interface Sheet {
  /** The file: .png for images, .csv or .npy for any example. */
  readonly path: string
  /** Examples per row. */
  readonly columns: number
}

/** Default file of a command: a PNG for images, a table for vectors. */
export function sheetPath(name: string, images: boolean): string {
  return `${name}.${images ? 'png' : 'csv'}`
}

/** Writes the examples and shows them; returns the path. */
export async function writeSheet(examples: Tensor, { path, columns }: Sheet, output: Output): Promise<string> {
  const images = pictures(examples)
  await writeAtomically(path, await content(examples, extname(path), columns))
  if (output.terminal && !output.quiet && images.length > 0)
    output.result(...grid(images, output.columns, output.paint, columns))
  return path
}

async function content(examples: Tensor, extension: string, columns: number): Promise<string | Uint8Array> {
  const [n = 0, ...shape] = examples.shape
  if (extension === '.npy') return npy(examples.data, examples.shape)
  if (extension === '.csv') return table(examples.data, n)
  if (extension !== '.png')
    throw new CliError(`--out: expected a file ending in .png, .csv or .npy, got ${extension || 'none'}`)
  if (shape.length < 2) throw new CliError('--out: these examples are vectors, not images; use .csv or .npy')
  const { toGrid, toPng } = await import('../../index.js')
  return toPng(toGrid(examples, { columns }))
}

/** One row per example, its values in columns x0, x1, …: an image row by row. */
function table(data: Float32Array, n: number): string {
  const width = n === 0 ? 0 : data.length / n
  const rows = Array.from({ length: n }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)))
  return csv(
    Array.from({ length: width }, (_, j) => `x${j}`),
    rows,
  )
}
