/** Bars: eighths of a cell, so that a short bar still moves. */

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const sparks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** A bar that fills `share` (0 to 1) of so many cells, without its frame. */
export function bar(share: number, cells: number): string {
  const filled = Math.round(Math.min(Math.max(Number.isFinite(share) ? share : 0, 0), 1) * cells * 8)
  return ('█'.repeat(filled >> 3) + (eighths[filled & 7] ?? '')).padEnd(cells)
}

/** A bar in its frame: `▕█████▌    ▏`. */
export function framed(share: number, cells: number): string {
  return `▕${bar(share, cells)}▏`
}

/** One character per value, its height between the lowest and the highest. */
export function sparkline(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite)
  const low = Math.min(...finite)
  const span = Math.max(...finite) - low
  return values
    .map((value) => {
      if (!Number.isFinite(value)) return '·'
      return sparks[span > 0 ? Math.round(((value - low) / span) * 7) : 0] ?? ''
    })
    .join('')
}
