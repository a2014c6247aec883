/** The two axes of a chart: the gutter with the values of y, and below the line with those of x. */

import type { Style } from '../../base/style.js'
import { width } from '../../base/text.js'
import { along, linearTicks, logTicks, type Scale, tickLabels } from './scale.js'
import type { Surface } from './surface.js'

/** One axis. */
export interface Axis extends Scale {
  /** Its values are whole numbers: epochs, steps. */
  readonly whole?: boolean
  /** How a tick is written; default with as many decimals as the ticks need. */
  readonly format?: (value: number) => string
  /** What is measured, told on the axis of x. */
  readonly label?: string
}

/** Where a chart draws: the cells within the axes, which begin in column `left` of the first row, and the dots of values in them. */
export interface Plot {
  readonly left: number
  readonly columns: number
  readonly rows: number
  /** The dot of an x from the left and of a y from the top; outside the plot where the value is. */
  dotX(value: number): number
  dotY(value: number): number
}

/** What is measured along both axes; `xAxis: false` leaves the lower one out, for a chart below has the same. */
export interface Axes {
  readonly x: Axis
  readonly y: Axis
  readonly xAxis?: boolean
}

/** An axis of fewer rows has four ticks at most. */
const mostFour = 16

/** Draws the axes on the surface, whose last row is that of x. */
export function axes(surface: Surface, { x, y, xAxis = true }: Axes, style: Style): Plot {
  const rows = xAxis && surface.rows >= 3 ? surface.rows - 1 : surface.rows
  const ticks = labelled(y, Math.min(rows < mostFour ? 4 : 5, Math.ceil(rows / 2)))
  const gutter = Math.max(0, ...ticks.map(({ text }) => width(text)))
  // Where there is hardly room for the plot itself, nothing is written beside it.
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

/** The ticks of an axis with their words; where no two round values lie within, its ends. */
function labelled(
  { domain, log = false, whole = false, format }: Axis,
  most: number,
): { value: number; text: string }[] {
  const round = log ? logTicks(domain, most) : linearTicks(domain, most, whole)
  const values = round.length > 1 || most < 2 || whole ? round : [...domain]
  const texts = format === undefined ? tickLabels(values) : values.map(format)
  return values.map((value, i) => ({ value, text: texts[i] ?? '' }))
}

/** `0────5────10───15─ epoch ─20`: each number is in the middle of where it is. */
function drawX(surface: Surface, plot: Plot, axis: Axis, style: Style): void {
  const { dim } = style.ink
  const [first, y] = [Math.max(0, plot.left - 1), plot.rows]
  const taken = new Uint8Array(surface.columns)
  const write = (text: string, x: number) => {
    const from = Math.max(first, Math.min(x, surface.columns - width(text)))
    // A number that would touch its neighbour is left out.
    if (taken.subarray(Math.max(0, from - 1), from + width(text) + 1).some(Boolean)) return
    surface.put(from, y, text, dim)
    taken.fill(1, from, from + width(text))
  }
  surface.put(first, y, `└${'─'.repeat(plot.columns)}`, dim)
  for (const { value, text } of labelled(axis, Math.max(2, Math.floor(plot.columns / 9)))) {
    const column = plot.left + Math.floor(plot.dotX(value) / 2)
    write(text, column - (value === axis.domain[0] ? 1 : Math.floor(width(text) / 2)))
  }
  if (axis.label === undefined) return
  const label = ` ${axis.label} `
  // As far right as there is room between two numbers.
  for (let x = surface.columns - width(label); x > first; x--)
    if (!taken.subarray(Math.max(0, x - 1), x + width(label) + 1).some(Boolean)) {
      surface.put(x, y, label, dim)
      return
    }
}
