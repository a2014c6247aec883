/** Table with a selected row and a sort mark. */

import type { Style } from '../../base/style.js'
import { applyInk, fit, plain, width } from '../../base/text.js'
import { toAscii } from './ascii.js'
import { clip } from './layout.js'
import type { Size } from './surface.js'

/** Column of a table. */
export interface Column {
  readonly title: string
  /** Alignment; default left, for numbers right. */
  readonly align?: 'left' | 'right'
  /** Columns with the lowest priority are dropped first if not all fit; default 0. `Infinity` always stays. */
  readonly priority?: number
}

/** Contents of a table. */
export interface Table {
  readonly columns: readonly Column[]
  /** Rows with a cell per column; cells may contain colours. */
  readonly rows: readonly (readonly string[])[]
  /** Column of the sort mark; the caller sorts. */
  readonly sort?: { readonly column: number; readonly descending?: boolean }
  /** Selected row; the rows around it are shown. Default none. */
  readonly selected?: number
}

/** Cells between columns. */
const gap = 2

/** Draws a table in exactly this size: its head, and the rows that fit. */
export function dataTable(table: Table, size: Size, style: Style): string[] {
  const shown = fittingColumns(table, size.columns)
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
    // The colours of the cells would end the inverse in the middle of the row.
    return applyInk(fit(`${mark}${plain(text)}`, size.columns), style.ink.selected)
  })
  const all = clip([applyInk(fit(head, size.columns), style.ink.dim), ...rows], size)
  return style.charset === 'ascii' ? all.map(toAscii) : all
}

/** Visible column with its index and width. */
interface VisibleColumn extends Column {
  readonly index: number
  readonly cells: number
}

/** Columns that fit. */
function fittingColumns({ columns, rows, sort }: Table, room: number): VisibleColumn[] {
  const all = columns.map((column, index): VisibleColumn => {
    const mark = sort?.column !== index ? '' : sort.descending === true ? ' ▾' : ' ▴'
    const title = column.title + mark
    return { ...column, title, index, cells: Math.max(width(title), ...rows.map((row) => width(row[index] ?? ''))) }
  })
  const total = () => all.reduce((sum, { cells }) => sum + cells + gap, 1 - gap)
  while (total() > room) {
    const lowest = all.reduce((a, b) => ((b.priority ?? 0) <= (a.priority ?? 0) ? b : a), all[0] as VisibleColumn)
    if (all.length <= 1 || lowest.priority === Number.POSITIVE_INFINITY) break
    all.splice(all.indexOf(lowest), 1)
  }
  return all
}

function line(columns: readonly VisibleColumn[], cells: readonly string[]): string {
  return columns
    .map(({ align, cells: wide }, i) => {
      const text = cells[i] ?? ''
      const space = ' '.repeat(Math.max(0, wide - width(text)))
      return align === 'right' ? space + text : text + space
    })
    .join(' '.repeat(gap))
}
