/** Curves over epochs, β or anything else: figures 10 to 13 of the paper. */
import * as Plot from '@observablehq/plot'
import { colourOf } from '../../base/palette.js'
import { chart } from './chart.js'
import type { LegendEntry } from './legend.js'

/** One curve. */
export interface Series {
  readonly name: string
  /** In the order of x; a y that is not finite leaves a gap. */
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly dashed?: boolean
  /** Which colour of the palette; default its place among the series. */
  readonly colour?: number
  /** The spread around the curve, over seeds for instance. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[]
}

/** A value to judge curves by, drawn across the chart: a floor, a ceiling. */
export interface Reference {
  readonly y: number
  readonly name: string
}

/** What curves show and how. */
export interface CurvesOptions {
  readonly series: readonly Series[]
  readonly xLabel: string
  readonly yLabel: string
  readonly references?: readonly Reference[]
  /** Default `linear`. */
  readonly xType?: 'linear' | 'log'
  readonly yType?: 'linear' | 'log'
  readonly yDomain?: readonly [low: number, high: number]
  /** How y is written on its axis, as d3 has it: `.0%`. */
  readonly yFormat?: string
  readonly title?: string
  /** In pixels; default 560 by 300. */
  readonly width?: number
  readonly height?: number
}

/** Up to so many points a curve shows where it was measured. */
const mostMarked = 30

/** Curves as a whole SVG document. */
export function curves(options: CurvesOptions): string {
  const { series, xLabel, yLabel, references = [], title, width = 560, height = 300 } = options
  const { xType = 'linear', yType = 'linear', yFormat } = options
  const shown = series.map((one) => drawable(one, xType, yType))
  const values = (axis: 0 | 1) => shown.flatMap(({ points }) => points.map((point) => point[axis]))
  const heights = [...values(1), ...references.map(({ y }) => y)]
  const yDomain = options.yDomain ?? (yType === 'linear' ? aroundOne(heights) : undefined)
  return chart({
    width,
    height,
    marginTop: 24,
    ...(title !== undefined && { title }),
    ...(series.length > 1 && { legend: series.map(entry) }),
    x: { label: xLabel, labelArrow: 'none', labelAnchor: 'center', type: xType, ...ticks(values(0), xType) },
    y: {
      label: yLabel,
      labelArrow: 'none',
      grid: true,
      nice: yDomain === undefined,
      type: yType,
      ...(yType === 'log' ? ticks(values(1), yType) : { ticks: 5 }),
      ...(yDomain && { domain: yDomain }),
      ...(yFormat && { tickFormat: yFormat }),
    },
    marks: [references.map(reference), shown.map(curve)],
  })
}

/** The curve without what its axes have no place for: an x is left out, a y leaves a gap. */
function drawable(series: Series, xType: 'linear' | 'log', yType: 'linear' | 'log'): Series {
  const fits = (value: number, type: 'linear' | 'log') => Number.isFinite(value) && (type === 'linear' || value > 0)
  const { points, band } = series
  return {
    ...series,
    points: points.filter(([x]) => fits(x, xType)).map(([x, y]) => [x, fits(y, yType) ? y : Number.NaN]),
    ...(band && { band: band.filter(([x, low]) => fits(x, xType) && fits(low, yType)) }),
  }
}

function curve({ points, band, dashed, colour }: Series, number: number): Plot.Markish {
  const stroke = colourOf(colour ?? number)
  const marked = points.length <= mostMarked
  return [
    band && Plot.areaY(band, { x: '0', y1: '1', y2: '2', fill: stroke, fillOpacity: 0.18 }),
    Plot.line(points, { stroke, strokeWidth: 2, ...(dashed && { strokeDasharray: '5 3' }) }),
    marked ? Plot.dot(points, { fill: stroke, r: points.length === 1 ? 4 : 2.2 }) : null,
  ]
}

function reference({ y, name }: Reference): Plot.Markish {
  return [
    Plot.ruleY([y], { strokeDasharray: '2 3', strokeOpacity: 0.7 }),
    Plot.text([name], { y: () => y, frameAnchor: 'right', textAnchor: 'end', dy: -6, fillOpacity: 0.8 }),
  ]
}

/** The ends of an axis whose values are all the same, 0 for instance: without a length all ticks lie in one place. */
function aroundOne(values: readonly number[]): readonly [number, number] | undefined {
  const [first, ...others] = values.filter(Number.isFinite)
  if (first === undefined || others.some((value) => value !== first)) return undefined
  const end = first === 0 ? 1 : 2 * first
  return [Math.min(0, end), Math.max(0, end)]
}

/** Epochs are whole, and so are their ticks; a logarithm is told by its powers of ten, with 2 and 5 where they are few. */
function ticks(values: readonly number[], type: 'linear' | 'log'): Plot.ScaleOptions {
  const seen = values.filter(Number.isFinite)
  const [low, high] = [Math.min(...seen), Math.max(...seen)]
  if (type === 'log') {
    const told = high / low > 1000 ? ['1'] : ['1', '2', '5']
    const mantissa = (value: number) => value.toExponential().split('e')[0] ?? ''
    return { tickFormat: (value: number) => (told.includes(mantissa(value)) ? String(value) : '') }
  }
  if (!seen.every(Number.isInteger)) return {}
  return { ticks: wholeTicks(low, high), tickFormat: (x: number) => String(x) }
}

/** Whole numbers from low to high, eight at most, and round where there are many. */
function wholeTicks(low: number, high: number): number[] {
  const least = (high - low) / 7
  const power = 10 ** Math.max(0, Math.floor(Math.log10(least)))
  const step = ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power
  const first = Math.ceil(low / step)
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step)
}

function entry({ name, dashed, colour }: Series, number: number): LegendEntry {
  return { name, colour: colourOf(colour ?? number), mark: dashed ? 'dashed' : 'line' }
}
