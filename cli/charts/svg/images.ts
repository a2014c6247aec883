/** Sheets of pictures as one figure. */
import { type Tensor, toPng, type ValueRange } from '../../../index.js'
import { type CellOptions, type Cells, cells } from './cells.js'
import { drawing, number } from './svg.js'

/** Layout of a sheet. */
export interface SheetOptions extends CellOptions {
  /** Figure pixels per picture pixel; default the largest for a width of 720 pixels, from 1 to 3. */
  readonly scale?: number
  /** Black pixels between pictures; default 1. */
  readonly gap?: number
  /** Set for a thin line around each picture, for white margins; default false. */
  readonly border?: boolean
  /** Values shown as black and white; default those of the tensor. */
  readonly range?: ValueRange
}

const maxWidth = 720

/**
 * Draws a sheet as a whole SVG document, the pixels as one embedded PNG (with captions, one per row).
 *
 * @param pictures (n, h, w) or (n, h, w, channels); values beyond the range are clipped.
 */
export function sheet(pictures: Tensor, options: SheetOptions): string {
  const { columns, gap = 1, captions = [], title = '' } = options
  const [n = 0, h = 0, w = 0] = pictures.shape
  const scale = options.scale ?? Math.min(3, Math.max(1, Math.floor(maxWidth / (columns * (w + gap)))))
  const layout = cells(n, { width: w * scale, height: h * scale, gap: gap * scale }, options)
  const perImage = captions.length > 0 ? columns : n
  const range = options.range ?? pictures.range ?? [0, 1]
  const body = [
    layout.words,
    ...images(pictures, { columns, gap, scale, perImage, range }, layout),
    options.border ? frames(n, layout, w * scale, h * scale) : '',
  ]
  return drawing(layout.width, layout.height, body.join(''), title)
}

/** Layout of pictures in embedded PNGs. */
interface Pixels {
  readonly columns: number
  readonly gap: number
  readonly scale: number
  /** Pictures per PNG: all, or one row if there are captions between rows. */
  readonly perImage: number
  readonly range: ValueRange
}

function images({ data, shape }: Tensor, { columns, gap, scale, perImage, range }: Pixels, { at }: Cells): string[] {
  const [n = 0, h = 0, w = 0, channels = 1] = shape
  const size = h * w * channels
  return Array.from({ length: n === 0 ? 0 : Math.ceil(n / perImage) }, (_, k) => {
    const [from, to] = [k * perImage, Math.min(n, (k + 1) * perImage)]
    const part = { data: data.subarray(from * size, to * size), shape: [to - from, h, w, channels] }
    const wide = (Math.min(columns, to - from) * (w + gap) - gap) * scale
    const high = (Math.ceil((to - from) / columns) * (h + gap) - gap) * scale
    return image(toPng(part, { columns, gap, range }), ...at(from), wide, high, scale)
  })
}

/** Embeds a PNG in a figure: enlarged pixels stay square, reduced ones are smoothed. */
function image(png: Uint8Array, x: number, y: number, width: number, height: number, scale: number): string {
  const source = `data:image/png;base64,${Buffer.from(png).toString('base64')}`
  const place = `x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}"`
  const squares = scale < 1 ? '' : ' style="image-rendering:pixelated"'
  return `<image ${place} preserveAspectRatio="none"${squares} href="${source}"/>`
}

function frames(n: number, { at }: Cells, width: number, height: number): string {
  const outline = Array.from({ length: n }, (_, i) => {
    const [x, y] = at(i)
    return `M${number(x)} ${number(y)}h${number(width)}v${number(height)}h${number(-width)}z`
  })
  return `<path d="${outline.join('')}" fill="none" stroke="currentColor" stroke-opacity="0.35"/>`
}
