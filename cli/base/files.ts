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

/** Dialect of a table. */
export interface CsvDialect {
  /** Character between cells. */
  readonly separator: string
  /** Decimal sign. */
  readonly decimal: string
}

/** Dialect of RFC 4180. */
const comma: CsvDialect = { separator: ',', decimal: '.' }

/**
 * Formats rows as CSV: a cell with the separator, a quote, a blank at an end or a line break is quoted.
 *
 * @param dialect Default commas between cells and decimal points.
 */
export function csv(
  header: readonly string[],
  rows: Iterable<readonly (string | number)[]>,
  dialect: CsvDialect = comma,
): string {
  const line = (row: readonly (string | number)[]) => row.map((value) => cell(value, dialect)).join(dialect.separator)
  return `${[header, ...rows].map(line).join('\n')}\n`
}

function cell(value: string | number, { separator, decimal }: CsvDialect): string {
  const text = typeof value === 'number' ? String(value).replace('.', decimal) : value
  return text.includes(separator) || /["\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
