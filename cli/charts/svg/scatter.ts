/** Points in a plane, coloured by label: figures 2, 4 and 5 to 9 of the paper. */
import * as Plot from '@observablehq/plot'
import { colourOf } from '../../base/palette.js'
import { chart } from './chart.js'
import type { LegendEntry } from './legend.js'
import { type Points, points } from './points.js'

/** What a scatter shows and how. */
export interface ScatterOptions extends Points {
  /** What labels stand for, label 0 first; default their numbers. */
  readonly labelNames?: readonly string[]
  readonly title?: string
  /** The ends of both axes, or of each; default the extent of the points. What is outside is not drawn. */
  readonly domain?: Interval | { readonly x: Interval; readonly y: Interval }
  /** Default z0 and z1. */
  readonly xLabel?: string
  readonly yLabel?: string
  /** In pixels; default 460. */
  readonly width?: number
  /** In pixels; default so that the plane is as wide as it is high. */
  readonly height?: number
  /** Whether the labels are told; default true where there are labels. */
  readonly legend?: boolean
}

/** The ends of an axis. */
export type Interval = readonly [low: number, high: number]

/** More labels than that are not told: nobody could tell them apart. */
const mostNamed = 40

/** A scatter as a whole SVG document. */
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
    x: axis(xLabel, x as Interval | undefined, ticks),
    y: axis(yLabel, y as Interval | undefined, ticks),
    marks: [Plot.frame({ strokeOpacity: 0.35 }), points(options)],
  })
}

type Planes = { readonly x: Interval; readonly y: Interval }

/** An axis with few, even ticks and an arrowless name. */
function axis(label: string, domain: Interval | undefined, ticks: number): Plot.ScaleOptions {
  return {
    label,
    ticks,
    labelArrow: 'none',
    labelAnchor: 'center',
    nice: domain === undefined,
    ...(domain && { domain }),
  }
}

/** The labels that occur, in order. */
function entries(labels: ArrayLike<number>, names: readonly string[] | undefined): LegendEntry[] {
  const seen = [...new Set(Array.from(labels))].sort((a, b) => a - b)
  if (seen.length > mostNamed) return []
  return seen.map((label) => ({ name: names?.[label] ?? String(label), colour: colourOf(label), mark: 'dot' }))
}
