/** Layout of cells in rows and columns, with titles and captions. */
import { label, widthOf } from './svg.js'

/** Options of a cell layout. */
export interface CellOptions {
  /** Cells in a row. */
  readonly columns: number
  readonly title?: string
  /** Titles left of each row. */
  readonly rowTitles?: readonly string[]
  /** Titles above each column. */
  readonly columnTitles?: readonly string[]
  /** Captions below each cell. */
  readonly captions?: readonly string[]
}

/** Layout of the cells of a figure, in pixels. */
export interface Cells {
  at(i: number): readonly [x: number, y: number]
  /** Titles and captions as SVG. */
  readonly words: string
  /** Size of the whole figure. */
  readonly width: number
  readonly height: number
}

const [pad, captionHeight] = [12, 18]

/** Lays out n cells of one size, `gap` pixels apart. */
export function cells(n: number, size: { width: number; height: number; gap: number }, options: CellOptions): Cells {
  const { columns, title, rowTitles = [], columnTitles = [], captions = [] } = options
  const { width, height, gap } = size
  const left = pad + Math.max(0, ...rowTitles.map((text) => widthOf(text) + 8))
  const top = (title === undefined ? pad : 32) + (columnTitles.length > 0 ? 16 : 0)
  const rowHeight = height + gap + (captions.length > 0 ? captionHeight : 0)
  const at = (i: number) => [left + (i % columns) * (width + gap), top + Math.floor(i / columns) * rowHeight] as const
  const middle = { anchor: 'middle' }
  const words = [
    title === undefined ? '' : label(title, pad, 19, { size: 13, bold: true }),
    ...columnTitles.map((text, c) => label(text, at(c)[0] + width / 2, top - 5, middle)),
    ...rowTitles.map((text, r) => label(text, left - 8, top + r * rowHeight + height / 2 + 4, { anchor: 'end' })),
    ...captions.map((text, i) => label(text, at(i)[0] + width / 2, at(i)[1] + height + 13, middle)),
  ]
  const wide = left + Math.min(n, columns) * (width + gap) - gap + pad
  return {
    at,
    words: words.join(''),
    width: Math.max(wide, title === undefined ? 0 : widthOf(title, 13) + 2 * pad),
    height: top + Math.ceil(n / columns) * rowHeight - gap + pad,
  }
}
