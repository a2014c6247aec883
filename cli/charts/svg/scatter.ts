/** Points in a plane, coloured by label: figures 2, 4 and 5 to 9 of the paper. */
import * as Plot from '@observablehq/plot'
import { colourOf } from '../../base/palette.js'
import type { Bounds } from '../text/scale.js'
import { chart } from './chart.js'
import type { LegendEntry } from './legend.js'
import { type PlotPoints, points } from './points.js'

/** Contents and options of a scatter. */
export interface ScatterOptions extends PlotPoints {
  /** Names of the labels, label 0 first; default their numbers. */
  readonly labelNames?: readonly string[]
  readonly title?: string
  /** Ends of both axes, or of each; default the extent of the points. Points outside are not drawn. */
  readonly domain?: Bounds | { readonly x: Bounds; readonly y: Bounds }
  /** Labels of the axes; default z0 and z1. */
  readonly xLabel?: string
  readonly yLabel?: string
  /** Width in pixels; default 460. */
  readonly width?: number
  /** Height in pixels; default for a square plane. */
  readonly height?: number
  /** Set for a legend of the labels; default true if there are labels. */
  readonly legend?: boolean
}

/** Maximum labels of a legend: more would be indistinguishable. */
const maxNamed = 40

/** Draws a scatter as a whole SVG document. */
export function scatter(options: ScatterOptions): string {
  const { labels, labelNames, title, domain, xLabel = 'z0', yLabel = 'z1', width = 460 } = options
  const legend = labels === undefined || options.legend === false ? [] : entries(labels, labelNames)
  const [x, y] = 'x' in (domain ?? {}) ? [(domain as Planes).x, (domain as Planes).y] : [domain, domain]
  const ticks = width < 300 ? 4 : 6
  const heading = (title === undefined ? 0 : 24) + (legend.length === 0 ? 0 : 24)
  return chart({
    width,
    height: options.height ?? width - 30 + heading,
    legend,
    ...(title !== undefined && { title }),
    x: axis(xLabel, x as Bounds | undefined, ticks),
    y: axis(yLabel, y as Bounds | undefined, ticks),
    marks: [Plot.frame({ strokeOpacity: 0.35 }), points(options)],
  })
}

type Planes = { readonly x: Bounds; readonly y: Bounds }

/** Axis with few, even ticks and a name without an arrow. */
function axis(label: string, domain: Bounds | undefined, ticks: number): Plot.ScaleOptions {
  return {
    label,
    ticks,
    labelArrow: 'none',
    labelAnchor: 'center',
    nice: domain === undefined,
    ...(domain && { domain }),
  }
}

/** Legend entries of the labels that occur, in order. */
function entries(labels: ArrayLike<number>, names: readonly string[] | undefined): LegendEntry[] {
  const seen = [...new Set(Array.from(labels))].sort((a, b) => a - b)
  if (seen.length > maxNamed) return []
  return seen.map((label) => ({ name: names?.[label] ?? String(label), colour: colourOf(label), mark: 'dot' }))
}
