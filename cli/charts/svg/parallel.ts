/** Parallel coordinates: an axis per parameter or metric, a line per trial. */
import { drawing, label, number } from './svg.js'

/** Axis with a value for every trial. */
export interface ParallelAxis {
  readonly name: string
  /** Position of each trial, from 0 (bottom) to 1; NaN for no value. */
  readonly shares: readonly number[]
  /** Values written beside the axis. */
  readonly ticks: readonly { readonly share: number; readonly text: string }[]
}

/** Look of a trial's line. */
export interface ParallelLine {
  readonly colour: string
  readonly width: number
  readonly opacity: number
}

const [spacing, height, above, below, side] = [110, 260, 34, 16, 70] as const

/** Draws a line per trial as a whole SVG document; later ones lie on top. A missing value leaves a gap. */
export function parallel(axes: readonly ParallelAxis[], lines: readonly ParallelLine[], title: string): string {
  const width = side * 2 + spacing * Math.max(0, axes.length - 1)
  const x = (axis: number) => side + axis * spacing
  const y = (share: number) => above + (1 - share) * height
  const drawn = lines.map(({ colour, width: thick, opacity }, i) => {
    let path = ''
    let pen = 'M'
    for (const [k, { shares }] of axes.entries()) {
      const share = shares[i] ?? Number.NaN
      if (Number.isFinite(share)) path += `${pen}${number(x(k))} ${number(y(share))}`
      pen = Number.isFinite(share) ? 'L' : 'M'
    }
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${thick}" stroke-opacity="${opacity}"/>`
  })
  const framed = axes.map(({ name, ticks }, k) => {
    const line = `<path d="M${number(x(k))} ${above}v${height}" stroke="currentColor" stroke-opacity="0.5"/>`
    const words = ticks.map(({ share, text }) => label(text, x(k) + 5, y(share) + 4, { size: 10 }))
    return line + label(name, x(k), 18, { anchor: 'middle', bold: true }) + words.join('')
  })
  return drawing(width, above + height + below, drawn.join('') + framed.join(''), title)
}
