/** Charts by Observable Plot without a browser. */
import * as Plot from '@observablehq/plot'
import { DOMParser } from 'linkedom'
import { type LegendEntry, legendRows } from './legend.js'
import { fonts, ground, ink, label, sizeOf, withoutControls } from './svg.js'

/** Options of Plot with our own heading: Plot's title and legends are HTML beside the drawing. */
export interface ChartOptions extends Plot.PlotOptions {
  /** Line above the chart. */
  readonly title?: string
  /** Legend of the colours and dashes, wrapped to the width. */
  readonly legend?: readonly LegendEntry[]
}

const namespace = 'http://www.w3.org/2000/svg'

/** Draws a chart as a whole SVG document; deterministic for the same options. */
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
  return wrapPlot(String((svg as unknown as { outerHTML: string }).outerHTML), heading.join(''), head, title)
}

/** Puts Plot's drawing below our heading in a complete document. */
function wrapPlot(plot: string, heading: string, head: number, title: string | undefined): string {
  const { width, height } = sizeOf(plot)
  const body = plot.replace(/^<svg[^>]*>(<style>.*?<\/style>)?/s, '').replace(/<\/svg>$/, '')
  const name = title === undefined ? '' : ` aria-label="${label(title, 0, 0).replace(/<[^>]*>/g, '')}"`
  const root = `xmlns="${namespace}" viewBox="0 0 ${width} ${height + head}" width="${width}" height="${height + head}" role="img"${name}`
  const attributes = `color="${ink}" fill="currentColor" font-family="${fonts}" font-size="11" text-anchor="middle"`
  return withoutControls(
    `<svg ${root} ${attributes}>${ground}${heading}<g transform="translate(0,${head})">${roundCoordinates(renumberClips(body))}</g></svg>`,
  )
}

/** Renumbers clip paths: Plot counts them per process, a figure needs its own. */
function renumberClips(body: string): string {
  const names = [...new Set(body.match(/plot-clip-\d+/g) ?? [])]
  return body.replace(/plot-clip-\d+/g, (name) => `clip-${names.indexOf(name) + 1}`)
}

/** Rounds coordinates to two decimals: Plot writes all digits. */
function roundCoordinates(body: string): string {
  return body.replace(/<[^>]*>/g, (tag) =>
    tag.replace(/ (d|transform|x|y|x1|x2|y1|y2|width|height)="[^"]*"/g, (attribute) =>
      attribute.replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (digits) => String(Number(Number(digits).toFixed(2)))),
    ),
  )
}
