/** Atomic writes of results, and their JSON and CSV forms. */
import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CliError, exitCode } from './exit.js'

/** Writes a temporary file, then renames it: readers never see half a file, and a failure keeps the old one. */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const folder = dirname(path)
  const draft = join(folder, `.${basename(path)}.${randomBytes(4).toString('hex')}`)
  try {
    await mkdir(folder, { recursive: true })
    const file = await open(draft, 'wx')
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw new CliError(`cannot write ${path}: ${(error as Error).message}`, exitCode.failed)
  }
}

/** JSON.stringify replacer: typed arrays become plain arrays instead of objects. */
export function plainArrays(_: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Float32Array) : value
}

/** Formats rows as CSV (RFC 4180): a cell with a comma, a quote or a line break is quoted. */
export function csv(header: readonly string[], rows: Iterable<readonly (string | number)[]>): string {
  const lines = [header.map(cell).join(',')]
  for (const row of rows) lines.push(row.map(cell).join(','))
  return `${lines.join('\n')}\n`
}

function cell(value: string | number): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
