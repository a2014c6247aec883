/** Axes of a chart: a gutter with the values of y, and a line below with the values of x. */

import type { Style } from '../../base/style.js'
import { width } from '../../base/text.js'
import { along, linearTicks, logTicks, type Scale, tickLabels } from './scale.js'
import type { Surface } from './surface.js'

/** Axis of a chart. */
export interface Axis extends Scale {
  /** Set for whole values: epochs, steps. */
  readonly whole?: boolean
  /** Format of a tick; default the decimals that the ticks need. */
  readonly format?: (value: number) => string
  /** Name of the quantity, written on the axis of x. */
  readonly label?: string
}

/** Plot area within the axes, from column `left` of the first row, and the mapping from values to its dots. */
export interface Plot {
  readonly left: number
  readonly columns: number
  readonly rows: number
  /** Dot of an x, from the left. `dotY`: dot of a y, from the top. Both lie outside the plot for values outside it. */
  dotX(value: number): number
  dotY(value: number): number
}

/** Both axes; `xAxis: false` omits the lower one, if the chart below has the same. */
export interface ChartAxes {
  readonly x: Axis
  readonly y: Axis
  readonly xAxis?: boolean
}

/** Rows below which an axis has at most four ticks. */
const rowsForFive = 16

/** Draws the axes on the surface; x takes its last row. */
export function axes(surface: Surface, { x, y, xAxis = true }: ChartAxes, style: Style): Plot {
  const rows = xAxis && surface.rows >= 3 ? surface.rows - 1 : surface.rows
  const ticks = labelledTicks(y, Math.min(rows < rowsForFive ? 4 : 5, Math.ceil(rows / 2)))
  const gutter = Math.max(0, ...ticks.map(({ text }) => width(text)))
  // With hardly room for the plot itself, the gutter is omitted.
  const left = surface.columns < gutter + 6 ? 0 : gutter + 2
  const plot = plotOf({ left, columns: surface.columns - left, rows }, x, y)
  const { dim } = style.ink
  if (left > 0) {
    for (let row = 0; row < rows; row++) surface.put(left - 1, row, '│', dim)
    for (const { value, text } of ticks) {
      const row = Math.min(rows - 1, Math.max(0, Math.floor(plot.dotY(value) / 4)))
      surface.put(left - 1, row, '┤', dim)
      surface.put(gutter - width(text), row, text, dim)
    }
  }
  if (rows < surface.rows) drawX(surface, plot, x, style)
  return plot
}

function plotOf(room: Pick<Plot, 'left' | 'columns' | 'rows'>, x: Axis, y: Axis): Plot {
  const [lastX, lastY] = [room.columns * 2 - 1, room.rows * 4 - 1]
  return {
    ...room,
    dotX: (value) => Math.round(along(x, value) * lastX),
    dotY: (value) => Math.round((1 - along(y, value)) * lastY),
  }
}

/** Ticks of an axis with their labels; its ends if fewer than two round values lie within. */
function labelledTicks(
  { domain, log = false, whole = false, format }: Axis,
  maxTicks: number,
): { value: number; text: string }[] {
  const round = log ? logTicks(domain, maxTicks) : linearTicks(domain, maxTicks, whole)
  const values = round.length > 1 || maxTicks < 2 || whole ? round : [...domain]
  const texts = format === undefined ? tickLabels(values) : values.map(format)
  return values.map((value, i) => ({ value, text: texts[i] ?? '' }))
}

/** Draws `0────5────10───15─ epoch ─20`, each number centred on its value. */
function drawX(surface: Surface, plot: Plot, axis: Axis, style: Style): void {
  const { dim } = style.ink
  const [first, y] = [Math.max(0, plot.left - 1), plot.rows]
  const taken = new Uint8Array(surface.columns)
  const write = (text: string, x: number) => {
    const from = Math.max(first, Math.min(x, surface.columns - width(text)))
    // Skips a number that would touch its neighbour.
    if (taken.subarray(Math.max(0, from - 1), from + width(text) + 1).some(Boolean)) return
    surface.put(from, y, text, dim)
    taken.fill(1, from, from + width(text))
  }
  surface.put(first, y, `└${'─'.repeat(plot.columns)}`, dim)
  for (const { value, text } of labelledTicks(axis, Math.max(2, Math.floor(plot.columns / 9)))) {
    const column = plot.left + Math.floor(plot.dotX(value) / 2)
    write(text, column - (value === axis.domain[0] ? 1 : Math.floor(width(text) / 2)))
  }
  if (axis.label === undefined) return
  const label = ` ${axis.label} `
  // The rightmost gap between two numbers that fits the label.
  for (let x = surface.columns - width(label); x > first; x--)
    if (!taken.subarray(Math.max(0, x - 1), x + width(label) + 1).some(Boolean)) {
      surface.put(x, y, label, dim)
      return
    }
}
