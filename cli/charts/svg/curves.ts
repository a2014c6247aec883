/** Curves over epochs, β or anything else: figures 10 to 13 of the paper. */
import * as Plot from '@observablehq/plot'
import { colourOf } from '../../base/palette.js'
import { chart } from './chart.js'
import type { LegendEntry } from './legend.js'

/** Curve of a chart. */
export interface Series {
  readonly name: string
  /** Points in the order of x; a y that is not finite leaves a gap. */
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly dashed?: boolean
  /** Index into the palette; default its index among the series. */
  readonly colour?: number
  /** Spread around the curve, over seeds for instance. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[]
}

/** Reference value, drawn across the chart: a floor, a ceiling. */
export interface MarkedLevel {
  readonly y: number
  readonly name: string
}

/** Contents and options of a chart of curves. */
export interface CurvesOptions {
  readonly series: readonly Series[]
  readonly xLabel: string
  readonly yLabel: string
  readonly references?: readonly MarkedLevel[]
  /** Scale of x; default `linear`. */
  readonly xType?: 'linear' | 'log'
  readonly yType?: 'linear' | 'log'
  readonly yDomain?: readonly [low: number, high: number]
  /** Tick format of y, as in d3: `.0%`. */
  readonly yFormat?: string
  readonly title?: string
  /** Width in pixels; default 560 by a height of 300. */
  readonly width?: number
  readonly height?: number
}

/** Maximum points of a curve that are marked by dots. */
const maxMarked = 30

/** Draws curves as a whole SVG document. */
export function curves(options: CurvesOptions): string {
  const { series, xLabel, yLabel, references = [], title, width = 560, height = 300 } = options
  const { xType = 'linear', yType = 'linear', yFormat } = options
  const shown = series.map((one) => drawable(one, xType, yType))
  const values = (axis: 0 | 1) => shown.flatMap(({ points }) => points.map((point) => point[axis]))
  const heights = [...values(1), ...references.map(({ y }) => y)]
  const yDomain = options.yDomain ?? (yType === 'linear' ? domainOfEqualValues(heights) : undefined)
  return chart({
    width,
    height,
    marginTop: 24,
    ...(title !== undefined && { title }),
    ...(series.length > 1 && { legend: series.map(legendEntry) }),
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

/** Removes values that the axes cannot show: drops points by x, leaves a gap for y. */
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
  const marked = points.length <= maxMarked
  return [
    band && Plot.areaY(band, { x: '0', y1: '1', y2: '2', fill: stroke, fillOpacity: 0.18 }),
    Plot.line(points, { stroke, strokeWidth: 2, ...(dashed && { strokeDasharray: '5 3' }) }),
    marked ? Plot.dot(points, { fill: stroke, r: points.length === 1 ? 4 : 2.2 }) : null,
  ]
}

function reference({ y, name }: MarkedLevel): Plot.Markish {
  return [
    Plot.ruleY([y], { strokeDasharray: '2 3', strokeOpacity: 0.7 }),
    Plot.text([name], { y: () => y, frameAnchor: 'right', textAnchor: 'end', dy: -6, fillOpacity: 0.8 }),
  ]
}

/** Domain of an axis whose values are all equal, 0 for instance: without a length all ticks would coincide. */
function domainOfEqualValues(values: readonly number[]): readonly [number, number] | undefined {
  const [first, ...others] = values.filter(Number.isFinite)
  if (first === undefined || others.some((value) => value !== first)) return undefined
  const end = first === 0 ? 1 : 2 * first
  return [Math.min(0, end), Math.max(0, end)]
}

/** Ticks of an axis: whole numbers for epochs; powers of ten on a log scale, with 2 and 5 if few. */
function ticks(values: readonly number[], type: 'linear' | 'log'): Plot.ScaleOptions {
  const seen = values.filter(Number.isFinite)
  const [low, high] = [Math.min(...seen), Math.max(...seen)]
  if (type === 'log') {
    const labelledMantissas = high / low > 1000 ? ['1'] : ['1', '2', '5']
    const mantissa = (value: number) => value.toExponential().split('e')[0] ?? ''
    return { tickFormat: (value: number) => (labelledMantissas.includes(mantissa(value)) ? String(value) : '') }
  }
  if (!seen.every(Number.isInteger)) return {}
  return { ticks: wholeTicks(low, high), tickFormat: (x: number) => String(x) }
}

/** Whole numbers from low to high, at most eight, round if there are many. */
function wholeTicks(low: number, high: number): number[] {
  const minStep = (high - low) / 7
  const power = 10 ** Math.max(0, Math.floor(Math.log10(minStep)))
  const step = ([1, 2, 5].find((factor) => factor * power >= minStep) ?? 10) * power
  const first = Math.ceil(low / step)
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step)
}

function legendEntry({ name, dashed, colour }: Series, number: number): LegendEntry {
  return { name, colour: colourOf(colour ?? number), mark: dashed ? 'dashed' : 'line' }
}
