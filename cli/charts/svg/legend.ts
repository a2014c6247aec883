/** Legend of a chart, as part of the drawing. */
import { escapeXml, number, widthOf } from './svg.js'

/** Entry of a legend. */
export interface LegendEntry {
  readonly name: string
  readonly colour: string
  /** Shape of the mark: a dot for points, a line for curves. */
  readonly mark: 'dot' | 'line' | 'dashed'
}

const [left, rowHeight, markWidth, gap] = [12, 18, 22, 14]

/** Lays out entries in rows that fit `width`; returns their height, and a function that draws them from y on. */
export function legendRows(
  entries: readonly LegendEntry[],
  width: number,
): { height: number; rows(y: number): string } {
  let [x, row] = [left, 0]
  const places = entries.map((entry) => {
    const wide = (entry.mark === 'dot' ? 12 : markWidth + 4) + widthOf(entry.name) + gap
    if (x > left && x + wide - gap > width) [x, row] = [left, row + 1]
    const place = { entry, x, row }
    x += wide
    return place
  })
  return {
    height: entries.length === 0 ? 0 : (row + 1) * rowHeight + 6,
    rows: (y) => places.map(({ entry, x, row }) => drawEntry(entry, x, y + row * rowHeight + 14)).join(''),
  }
}

function drawEntry({ name, colour, mark }: LegendEntry, x: number, y: number): string {
  const wide = mark === 'dot' ? 12 : markWidth + 4
  const text = `<text x="${number(x + wide)}" y="${number(y)}" text-anchor="start">${escapeXml(name)}</text>`
  if (mark === 'dot') return `<circle cx="${number(x + 4)}" cy="${number(y - 4)}" r="4" fill="${colour}"/>${text}`
  const dashes = mark === 'dashed' ? ' stroke-dasharray="5 3"' : ''
  const line = `M${number(x)} ${number(y - 4)}h${markWidth}`
  return `<path d="${line}" stroke="${colour}" stroke-width="2" fill="none"${dashes}/>${text}`
}
