/** Charts: Observable Plot, drawn where there is no browser. */
import * as Plot from '@observablehq/plot'
import { DOMParser } from 'linkedom'
import { type LegendEntry, legendRows } from './legend.js'
import { fonts, ground, ink, label, sizeOf, withoutControls } from './svg.js'

/** What Plot takes, with a heading of ours: Plot's own title and legends are HTML beside the drawing. */
export interface ChartOptions extends Plot.PlotOptions {
  /** One line above the chart. */
  readonly title?: string
  /** What the colours and dashes mean, in a row that is broken where it has to be. */
  readonly legend?: readonly LegendEntry[]
}

const namespace = 'http://www.w3.org/2000/svg'

/** A chart as a whole SVG document, the same text for the same options. */
export function chart({ title, legend = [], ...options }: ChartOptions): string {
  const { width = 640, height = 400 } = options
  const { rows, height: legendHeight } = legendRows(legend, width)
  const head = (title === undefined ? 0 : 24) + legendHeight
  const document = new DOMParser().parseFromString(`<svg xmlns="${namespace}"/>`, 'image/svg+xml')
  const svg = Plot.plot({
    marginTop: 18,
    marginLeft: 48,
    marginBottom: 40,
    ...options,
    width,
    height: height - head,
    className: 'plot',
    document: document as unknown as Document,
  })
  const heading = [title === undefined ? '' : label(title, 12, 19, { size: 13, bold: true }), rows(head - legendHeight)]
  return framed(String((svg as unknown as { outerHTML: string }).outerHTML), heading.join(''), head, title)
}

/** Plot's drawing below our heading, with what makes it a document of its own. */
function framed(plot: string, heading: string, head: number, title: string | undefined): string {
  const { width, height } = sizeOf(plot)
  const body = plot.replace(/^<svg[^>]*>(<style>.*?<\/style>)?/s, '').replace(/<\/svg>$/, '')
  const name = title === undefined ? '' : ` aria-label="${label(title, 0, 0).replace(/<[^>]*>/g, '')}"`
  const root = `xmlns="${namespace}" viewBox="0 0 ${width} ${height + head}" width="${width}" height="${height + head}" role="img"${name}`
  const look = `color="${ink}" fill="currentColor" font-family="${fonts}" font-size="11" text-anchor="middle"`
  return withoutControls(
    `<svg ${root} ${look}>${ground}${heading}<g transform="translate(0,${head})">${short(numbered(body))}</g></svg>`,
  )
}

/** Plot counts its clip paths over the life of the process; a figure counts its own. */
function numbered(body: string): string {
  const names = [...new Set(body.match(/plot-clip-\d+/g) ?? [])]
  return body.replace(/plot-clip-\d+/g, (name) => `clip-${names.indexOf(name) + 1}`)
}

/** Coordinates to two decimals: Plot writes all the digits there are. */
function short(body: string): string {
  return body.replace(/<[^>]*>/g, (tag) =>
    tag.replace(/ (d|transform|x|y|x1|x2|y1|y2|width|height)="[^"]*"/g, (attribute) =>
      attribute.replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (digits) => String(Number(Number(digits).toFixed(2)))),
    ),
  )
}
