/** Output of examples: a file, and on a terminal a picture. */
import { extname } from 'node:path'
import type { Table, Tensor } from '../../index.js'
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
  /** Table that the model's training data come from: a .csv is written in its way. */
  readonly table?: Table | undefined
}

/** Default file of a command: a PNG for images, a table for vectors. */
export function sheetPath(name: string, images: boolean): string {
  return `${name}.${images ? 'png' : 'csv'}`
}

/** Writes the examples and shows them; returns the path. */
export async function writeSheet(examples: Tensor, sheet: Sheet, output: Output): Promise<string> {
  const { path, columns } = sheet
  const images = pictures(examples)
  await writeAtomically(path, await content(examples, sheet))
  if (output.terminal && !output.quiet && images.length > 0)
    output.result(...grid(images, output.columns, output.paint, columns))
  return path
}

async function content(examples: Tensor, { path, columns, table }: Sheet): Promise<string | Uint8Array> {
  const extension = extname(path)
  const [, ...shape] = examples.shape
  if (extension === '.npy') return npy(examples.data, examples.shape)
  if (extension === '.csv') return csvOf(examples, table)
  if (extension !== '.png')
    throw new CliError(`--out: expected a file ending in .png, .csv or .npy, got ${extension || 'none'}`)
  if (shape.length < 2) throw new CliError('--out: these examples are vectors, not images; use .csv or .npy')
  const { toGrid, toPng } = await import('../../index.js')
  return toPng(toGrid(examples, { columns }))
}

/**
 * One row per example, in the data's units: with the names, separator and decimal sign of the training data's table, so
 * that it can be read as such a table; else in columns x0, x1, …, an image row by row.
 */
function csvOf({ data, shape: [n = 0] }: Tensor, table: Table | undefined): string {
  const width = n === 0 ? 0 : data.length / n
  const rows = Array.from({ length: n }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width), shortest))
  if (!table?.header) {
    const names = Array.from({ length: width }, (_, j) => `x${j}`)
    return csv(names, rows)
  }
  const names = table.columns.map(({ name }) => name)
  return csv(names, rows, table)
}

/** Number of the fewest digits that is the same as a 32-bit float: 0.1 instead of 0.10000000149011612. */
function shortest(value: number): number {
  // Nine digits are always enough.
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return Number(value.toPrecision(9))
}
