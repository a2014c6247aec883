/** A table of which one row is selected, sorted by one of its columns. */

import type { Style } from '../../base/style.js'
import { fit, inked, plain, width } from '../../base/text.js'
import { toAscii } from './ascii.js'
import { clip } from './layout.js'
import type { Size } from './surface.js'

/** A column of a table. */
export interface Column {
  readonly title: string
  /** Default left; numbers belong to the right. */
  readonly align?: 'left' | 'right'
  /** Where there is no room for all, columns with the lowest go first; default 0. One with `Infinity` always stays. */
  readonly priority?: number
}

/** What a table shows. */
export interface Table {
  readonly columns: readonly Column[]
  /** A cell for each column; colours may be in it. */
  readonly rows: readonly (readonly string[])[]
  /** Which column it is sorted by: it is marked, the sorting is the caller's. */
  readonly sort?: { readonly column: number; readonly descending?: boolean }
  /** Which row is selected; the rows shown are those around it. Default none. */
  readonly selected?: number
}

/** Cells between columns. */
const gap = 2

/** A table in exactly so many rows and columns: its head, and as many rows as there is room for. */
export function dataTable(table: Table, size: Size, style: Style): string[] {
  const shown = kept(table, size.columns)
  const { selected = -1 } = table
  const room = Math.max(0, size.rows - 1)
  const first = Math.min(Math.max(0, table.rows.length - room), Math.max(0, selected - Math.floor(room / 2)))
  const head = ` ${line(
    shown,
    shown.map(({ title }) => title),
  )}`
  const rows = table.rows.slice(first, first + room).map((row, i) => {
    const text = line(
      shown,
      shown.map(({ index }) => row[index] ?? ''),
    )
    if (first + i !== selected) return ` ${text}`
    const mark = style.charset === 'ascii' ? '>' : '▸'
    // Its own colours would end the inverse in the middle of the row.
    return inked(fit(`${mark}${plain(text)}`, size.columns), style.ink.selected)
  })
  const all = clip([inked(fit(head, size.columns), style.ink.dim), ...rows], size)
  return style.charset === 'ascii' ? all.map(toAscii) : all
}

/** A column that is shown: which it is, and how wide. */
interface Shown extends Column {
  readonly index: number
  readonly cells: number
}

/** The columns that there is room for. */
function kept({ columns, rows, sort }: Table, room: number): Shown[] {
  const all = columns.map((column, index): Shown => {
    const mark = sort?.column !== index ? '' : sort.descending === true ? ' ▾' : ' ▴'
    const title = column.title + mark
    return { ...column, title, index, cells: Math.max(width(title), ...rows.map((row) => width(row[index] ?? ''))) }
  })
  const total = () => all.reduce((sum, { cells }) => sum + cells + gap, 1 - gap)
  while (total() > room) {
    const least = all.reduce((a, b) => ((b.priority ?? 0) <= (a.priority ?? 0) ? b : a), all[0] as Shown)
    if (all.length <= 1 || least.priority === Number.POSITIVE_INFINITY) break
    all.splice(all.indexOf(least), 1)
  }
  return all
}

function line(columns: readonly Shown[], cells: readonly string[]): string {
  return columns
    .map(({ align, cells: wide }, i) => {
      const text = cells[i] ?? ''
      const space = ' '.repeat(Math.max(0, wide - width(text)))
      return align === 'right' ? space + text : text + space
    })
    .join(' '.repeat(gap))
}
