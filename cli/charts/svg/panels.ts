/** Figure of several figures in rows and columns. */
import { drawing, ground, label, number, prefixIds, sizeOf, widthOf } from './svg.js'

/** Titles and spacing of panels. */
export interface PanelsOptions {
  /** Titles above each column. */
  readonly columnTitles?: readonly string[]
  /** Titles left of each row, written from bottom to top. */
  readonly rowTitles?: readonly string[]
  /** Pixels between panels; default 8. */
  readonly gap?: number
  readonly title?: string
}

/**
 * Joins figures in one SVG document; each column is as wide as its widest figure, each row as high as its highest.
 *
 * @param rows Whole SVG documents; an empty string leaves its place empty.
 */
export function panels(rows: readonly (readonly string[])[], options: PanelsOptions = {}): string {
  const { columnTitles = [], rowTitles = [], gap = 8, title } = options
  const sizes = rows.map((row) => row.map((svg) => (svg === '' ? { width: 0, height: 0 } : sizeOf(svg))))
  const heights = sizes.map((row) => Math.max(0, ...row.map(({ height }) => height)))
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, c) => Math.max(0, ...sizes.map((row) => row[c]?.width ?? 0)))
  const left = rowTitles.length > 0 ? 26 : 0
  const top = (title === undefined ? 0 : 28) + (columnTitles.length > 0 ? 22 : 0)
  const lefts = starts(widths, left, gap)
  const tops = starts(heights, top, gap)
  const body = [
    title === undefined ? '' : label(title, 12, 19, { size: 14, bold: true }),
    ...columnTitles.map((text, c) =>
      label(text, (lefts[c] ?? 0) + (widths[c] ?? 0) / 2, top - 6, { anchor: 'middle', size: 12, bold: true }),
    ),
    ...rowTitles.map((text, r) => verticalLabel(text, 16, (tops[r] ?? 0) + (heights[r] ?? 0) / 2)),
    ...rows.flatMap((row, r) => row.map((svg, c) => (svg === '' ? '' : placeAt(svg, `p${r}${c}`, lefts[c], tops[r])))),
  ]
  const width = (lefts.at(-1) ?? left) + (widths.at(-1) ?? 0)
  const height = (tops.at(-1) ?? top) + (heights.at(-1) ?? 0)
  return drawing(Math.max(width, title === undefined ? 0 : widthOf(title, 14) + 24), height, body.join(''), title)
}

/** Start of each of these lengths, laid end to end with gaps. */
function starts(lengths: readonly number[], from: number, gap: number): number[] {
  let at = from
  return lengths.map((length) => {
    const start = at
    at += length + gap
    return start
  })
}

/** Embeds a figure at (x, y) with its own coordinates and prefixed ids, without its ground. */
function placeAt(svg: string, prefix: string, x = 0, y = 0): string {
  return prefixIds(svg.replace(ground, ''), prefix).replace(/^<svg /, `<svg x="${number(x)}" y="${number(y)}" `)
}

function verticalLabel(text: string, x: number, y: number): string {
  const turned = label(text, 0, 0, { anchor: 'middle', size: 12, bold: true })
  return `<g transform="translate(${number(x)},${number(y)}) rotate(-90)">${turned}</g>`
}
