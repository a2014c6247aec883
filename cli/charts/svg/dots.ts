/** Dot plot: one axis, a row per name, a dot per value. */
import * as Plot from '@observablehq/plot'
import { colourOf } from '../../base/palette.js'
import { chart } from './chart.js'
import { widthOf } from './svg.js'

/** Contents and options of a dot plot. */
export interface DotsOptions {
  /** Rows from top to bottom. */
  readonly rows: readonly { readonly name: string; readonly values: readonly number[] }[]
  readonly xLabel: string
  /** Scale of x; default `linear`. `log` drops values that are not above 0. */
  readonly xType?: 'linear' | 'log'
  readonly title?: string
  /** Width in pixels; default 560. The height follows from the rows. */
  readonly width?: number
}

/** Draws a dot plot as a whole SVG document. */
export function dots({ rows, xLabel, xType = 'linear', title, width = 560 }: DotsOptions): string {
  const drawable = (value: number) => Number.isFinite(value) && (xType === 'linear' || value > 0)
  const values = rows.flatMap(({ name, values }) => values.filter(drawable).map((value) => ({ name, value })))
  return chart({
    width,
    height: 60 + 26 * rows.length + (title === undefined ? 0 : 24),
    marginLeft: 16 + Math.max(0, ...rows.map(({ name }) => widthOf(name))),
    ...(title !== undefined && { title }),
    x: {
      ...{ label: xLabel, type: xType, labelArrow: 'none', labelAnchor: 'center' },
      ...(xType === 'log' && { ticks: 4, tickFormat: '~e' }),
    },
    y: { domain: rows.map(({ name }) => name), type: 'point', label: null },
    marks: [
      Plot.gridY({ strokeOpacity: 0.15 }),
      Plot.dot(values, { x: 'value', y: 'name', r: 4, fill: colourOf(0), fillOpacity: 0.75 }),
    ],
  })
}
