/** Pictures of a model's: sheets of them as one figure. */
import { type Tensor, toPng } from '../../index.js'
import { drawing, label, number, widthOf } from './svg.js'

/** How a sheet is laid out. */
export interface SheetOptions {
  /** Pictures in a row. */
  readonly columns: number
  /** Pixels of the figure for one of a picture; default as large as 720 pixels of width allow, from 1 to 3. */
  readonly scale?: number
  /** Black pixels between pictures; default 1. */
  readonly gap?: number
  readonly title?: string
  /** Left of each row. */
  readonly rowTitles?: readonly string[]
  /** Above each column. */
  readonly columnTitles?: readonly string[]
  /** Below each picture. */
  readonly captions?: readonly string[]
  /** A thin line around each picture, for those that end in white; default false. */
  readonly border?: boolean
}

const [pad, captionHeight, widest] = [12, 18, 720]

/**
 * A sheet as a whole SVG document, the pixels as one embedded PNG (with captions, one for each row).
 *
 * @param pictures (n, h, w) or (n, h, w, channels), values in [0, 1]; what is outside is cut.
 */
export function sheet(pictures: Tensor, options: SheetOptions): string {
  const { columns, gap = 1, title, rowTitles = [], columnTitles = [], captions = [], border = false } = options
  const [n = 0, h = 0, w = 0] = pictures.shape
  const scale = options.scale ?? Math.min(3, Math.max(1, Math.floor(widest / (columns * (w + gap)))))
  const [cellWidth, cellHeight] = [(w + gap) * scale, (h + gap) * scale]
  const rowHeight = cellHeight + (captions.length > 0 ? captionHeight : 0)
  const left = pad + Math.max(0, ...rowTitles.map((text) => widthOf(text) + 8))
  const top = (title === undefined ? pad : 32) + (columnTitles.length > 0 ? 16 : 0)
  const rows = Math.ceil(n / columns)
  const width = left + Math.min(n, columns) * cellWidth - gap * scale + pad
  const body = [
    title === undefined ? '' : label(title, pad, 19, { size: 13, bold: true }),
    ...columnTitles.map((text, c) =>
      label(text, left + c * cellWidth + (w * scale) / 2, top - 5, { anchor: 'middle' }),
    ),
    ...rowTitles.map((text, r) => label(text, left - 8, top + r * rowHeight + (h * scale) / 2 + 4, { anchor: 'end' })),
    ...strips(pictures, { columns, gap, scale, left, top, rowHeight, whole: captions.length === 0 }),
    ...captions.map((text, i) => {
      const [r, c] = [Math.floor(i / columns), i % columns]
      return label(text, left + c * cellWidth + (w * scale) / 2, top + r * rowHeight + h * scale + 13, {
        anchor: 'middle',
      })
    }),
    border
      ? frames(
          n,
          columns,
          (i) => [left + (i % columns) * cellWidth, top + Math.floor(i / columns) * rowHeight],
          w * scale,
          h * scale,
        )
      : '',
  ]
  const needed = Math.max(width, title === undefined ? 0 : widthOf(title, 13) + 2 * pad)
  return drawing(needed, top + rows * rowHeight - gap * scale + pad, body.join(''), title)
}

/** Where the pixels go. */
interface Strips {
  readonly columns: number
  readonly gap: number
  readonly scale: number
  readonly left: number
  readonly top: number
  readonly rowHeight: number
  /** One image for all rows. */
  readonly whole: boolean
}

function strips(pictures: Tensor, { columns, gap, scale, left, top, rowHeight, whole }: Strips): string[] {
  const [n = 0, h = 0, w = 0, ...rest] = pictures.shape
  const step = whole ? n : columns
  const size = n === 0 ? 0 : pictures.data.length / n
  return Array.from({ length: Math.ceil(n / step) }, (_, r) => {
    const [from, to] = [r * step, Math.min(n, (r + 1) * step)]
    const part = { data: pictures.data.subarray(from * size, to * size), shape: [to - from, h, w, rest[0] ?? 1] }
    const wide = (Math.min(columns, to - from) * (w + gap) - gap) * scale
    const high = (Math.ceil((to - from) / columns) * (h + gap) - gap) * scale
    return image(toPng(part, { columns, gap }), left, top + r * rowHeight, wide, high)
  })
}

/** A PNG within a figure, its pixels as squares. */
export function image(png: Uint8Array, x: number, y: number, width: number, height: number): string {
  const source = `data:image/png;base64,${Buffer.from(png).toString('base64')}`
  const place = `x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}"`
  return `<image ${place} preserveAspectRatio="none" style="image-rendering:pixelated" href="${source}"/>`
}

function frames(n: number, columns: number, at: (i: number) => number[], width: number, height: number): string {
  const outline = Array.from({ length: n }, (_, i) => {
    const [x = 0, y = 0] = at(i)
    return `M${number(x)} ${number(y)}h${number(width)}v${number(height)}h${number(-width)}z`
  })
  return columns === 0 ? '' : `<path d="${outline.join('')}" fill="none" stroke="currentColor" stroke-opacity="0.35"/>`
}
