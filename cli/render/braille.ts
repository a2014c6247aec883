/** Curves in braille: each cell holds 2 × 4 dots, so a 40 × 6 chart draws on 80 × 24 of them. */

const blank = 0x2800
/** The bit of each dot in a braille cell, by row (from the top) and column. */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const

/** A grid of dots that becomes rows of braille text. */
export class Canvas {
  readonly #cells: Uint8Array
  readonly width: number
  readonly height: number

  /** `columns` × `rows` cells, all blank. */
  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    this.#cells = new Uint8Array(columns * rows)
    this.width = columns * 2
    this.height = rows * 4
  }

  /** Sets the dot at x from the left and y from the top; what lies outside is left out. */
  set(x: number, y: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return
    const cell = (y >> 2) * this.columns + (x >> 1)
    this.#cells[cell] = (this.#cells[cell] ?? 0) | (dots[y & 3]?.[x & 1] ?? 0)
  }

  /** A straight line of dots (Bresenham). */
  line(x0: number, y0: number, x1: number, y1: number): void {
    const dx = Math.abs(x1 - x0)
    const dy = -Math.abs(y1 - y0)
    const stepX = x0 < x1 ? 1 : -1
    const stepY = y0 < y1 ? 1 : -1
    let error = dx + dy
    let [x, y] = [x0, y0]
    for (;;) {
      this.set(x, y)
      if (x === x1 && y === y1) return
      const doubled = 2 * error
      if (doubled >= dy) {
        error += dy
        x += stepX
      }
      if (doubled <= dx) {
        error += dx
        y += stepY
      }
    }
  }

  /** The rows from the top, each `columns` characters long; a cell without a dot is a space. */
  toRows(): string[] {
    return Array.from({ length: this.rows }, (_, row) =>
      Array.from({ length: this.columns }, (_, column) => {
        const bits = this.#cells[row * this.columns + column] ?? 0
        return bits === 0 ? ' ' : String.fromCharCode(blank + bits)
      }).join(''),
    )
  }
}

/** A point of a curve. */
export type Point = readonly [x: number, y: number]

/** What a chart shows of the plane; the limits that are left out come from the points. */
export interface Axes {
  readonly columns: number
  readonly rows: number
  readonly xMin?: number
  readonly xMax?: number
}

/** The limits of the y axis: all points but the opening plunge, which would flatten everything after it. */
export function limits(values: readonly number[]): [low: number, high: number] {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return [0, 1]
  const sorted = [...finite].sort((a, b) => a - b)
  const low = sorted[0] ?? 0
  const high = finite.length < 20 ? (sorted.at(-1) ?? 1) : (sorted[Math.floor(finite.length * 0.97)] ?? 1)
  return high > low ? [low, high] : [low - 0.5, low + 0.5]
}

/**
 * One curve with its y axis: the highest and the lowest value beside the first and the last row.
 * Points that share a column of dots are averaged, so that a long run does not become a smear; gaps (values that are
 * not finite) stay gaps. Values above the axis run along its top.
 */
export function chart(points: readonly Point[], axes: Axes, label: (value: number) => string): string[] {
  const [low, high] = limits(points.map(([, y]) => y))
  const labels = [label(high), label(low)]
  const gutter = Math.max(...labels.map((text) => text.length))
  const canvas = new Canvas(Math.max(1, axes.columns - gutter - 2), axes.rows)
  const xs = points.map(([x]) => x)
  const xMin = axes.xMin ?? Math.min(...xs)
  const xMax = Math.max(axes.xMax ?? Math.max(...xs), xMin + Number.EPSILON)
  const row = (y: number) =>
    Math.round((1 - (Math.min(Math.max(y, low), high) - low) / (high - low)) * (canvas.height - 1))

  let previous: [number, number] | undefined
  for (const [x, y] of columnMeans(points, canvas.width, xMin, xMax)) {
    if (Number.isNaN(y)) {
      previous = undefined
      continue
    }
    const dot: [number, number] = [x, row(y)]
    canvas.line(...(previous ?? dot), ...dot)
    previous = dot
  }
  return canvas.toRows().map((text, index) => {
    const name = index === 0 ? labels[0] : index === axes.rows - 1 ? labels[1] : ''
    return `${(name ?? '').padStart(gutter)} ${name ? '┤' : '│'}${text}`
  })
}

/** The mean y of the points in each column of dots, from the left; NaN marks a column with nothing finite in it. */
function columnMeans(points: readonly Point[], columns: number, xMin: number, xMax: number): [number, number][] {
  const sums = new Map<number, { sum: number; n: number }>()
  for (const [x, y] of points) {
    const column = Math.round(((x - xMin) / (xMax - xMin)) * (columns - 1))
    const entry = sums.get(column) ?? { sum: 0, n: 0 }
    if (Number.isFinite(y)) {
      entry.sum += y
      entry.n += 1
    }
    sums.set(column, entry)
  }
  return [...sums].sort(([a], [b]) => a - b).map(([column, { sum, n }]) => [column, n === 0 ? Number.NaN : sum / n])
}
