/**
 * Shapes of characters that join their neighbours: fonts draw braille, blocks and frames inconsistently, often with
 * gaps between rows. A cell is 8 wide and 16 high, so that braille dots lie on whole numbers, four apart in both
 * directions.
 */

/** Size of a cell. */
export const cell = { width: 8, height: 16 } as const

/** Painting of a path: filled, as lines along it, or as round dots at the start of its pieces. */
export type Painting = 'fill' | 'line' | 'dots'

/** Shape at its place. */
export interface Shape {
  readonly painting: Painting
  readonly path: string
  /** Share of the colour, from 0 to 1; default 1. */
  readonly share?: number
}

/** Blocks by their filled quarters: upper left 1, upper right 2, lower left 4, lower right 8. */
const quarters = ' ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█'
/** Blocks by their filled eighths, from 1. */
const fromBelow = ' ▁▂▃▄▅▆▇'
const fromLeft = ' ▏▎▍▌▋▊▉'
/** Blocks by their fourths of colour, from 1. */
const shades = ' ░▒▓'

/** Lines from the middle of the cell, by the edges they lead to. */
const arms: Readonly<Record<string, string>> = {
  ...{ '│': 'ud', '┌': 'rd', '┐': 'ld', '└': 'ru', '┘': 'lu', '┃': 'ud' },
  ...{ '├': 'rud', '┤': 'lud', '┬': 'lrd', '┴': 'lru', '┼': 'lrud' },
}
const strokes: Readonly<Record<string, string>> = { l: 'h-4', r: 'h4', u: 'v-8', d: 'v8' }

/** Other lines, as paths from the cell's upper left corner. */
const linePaths: Readonly<Record<string, string>> = {
  ...{ '╭': 'm4 16v-4q0-4 4-4', '╮': 'm4 16v-4q0-4-4-4', '╰': 'm4 0v4q0 4 4 4', '╯': 'm4 0v4q0 4-4 4' },
  ...{ '┆': 'm4 1v5m0 4v5', '═': 'm0 6.5h8m-8 3h8', '║': 'm2.5 0v16m3 0v-16' },
  ...{ '╔': 'm2.5 16v-9.5h5.5m0 3h-2.5v6.5', '╗': 'm5.5 16v-9.5h-5.5m0 3h2.5v6.5' },
  ...{ '╚': 'm2.5 0v9.5h5.5m0-3h-2.5v-6.5', '╝': 'm5.5 0v9.5h-5.5m0-3h2.5v-6.5' },
}

/** Shape of `count` equal characters side by side, upper left at (x, y); undefined for characters left to the font. */
export function shapeOf(character: string, x: number, y: number, count: number): Shape | undefined {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x2500 || code > 0x28ff) return undefined
  if (code >= 0x2800) return { painting: 'dots', path: repeatPath(x, count, (left) => dots(code - 0x2800, left, y)) }
  if (character === '─') return { painting: 'line', path: `M${x} ${y + 8}h${count * cell.width}` }
  const lines = linePaths[character]
  if (lines !== undefined) return { painting: 'line', path: repeatPath(x, count, (left) => `M${left} ${y}${lines}`) }
  const edges = arms[character]
  if (edges !== undefined) return { painting: 'line', path: repeatPath(x, count, (left) => armsPath(edges, left, y)) }
  return blocks(character, x, y, count)
}

function repeatPath(x: number, count: number, one: (left: number) => string): string {
  return Array.from({ length: count }, (_, i) => one(x + i * cell.width)).join('')
}

function armsPath(edges: string, x: number, y: number): string {
  return [...edges].map((edge) => `M${x + 4} ${y + 8}${strokes[edge]}`).join('')
}

/** Bits of a pattern by dot: left and right in turns, from above. */
const bits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80] as const

function dots(pattern: number, x: number, y: number): string {
  const set = [0, 1, 2, 3, 4, 5, 6, 7].filter((dot) => (pattern & (bits[dot] ?? 0)) !== 0)
  return set.map((dot) => `M${x + 2 + 4 * (dot & 1)} ${y + 2 + 4 * (dot >> 1)}z`).join('')
}

function blocks(character: string, x: number, y: number, count: number): Shape | undefined {
  const { width, height } = cell
  const shade = shades.indexOf(character)
  if (shade > 0) return { painting: 'fill', path: rectangle(x, y, count * width, height), share: shade / 4 }
  const below = fromBelow.indexOf(character)
  if (below > 0) return { painting: 'fill', path: rectangle(x, y + height - 2 * below, count * width, 2 * below) }
  const left = fromLeft.indexOf(character)
  if (left > 0) return { painting: 'fill', path: repeatPath(x, count, (from) => rectangle(from, y, left, height)) }
  if (character === '▕')
    return { painting: 'fill', path: repeatPath(x, count, (from) => rectangle(from + 7, y, 1, height)) }
  const filled = quarters.indexOf(character)
  if (filled <= 0) return undefined
  // Blocks of full width merge into one rectangle.
  if (filled === 15) return { painting: 'fill', path: rectangle(x, y, count * width, height) }
  if (filled === 3) return { painting: 'fill', path: rectangle(x, y, count * width, 8) }
  const parts = [0, 1, 2, 3].filter((part) => (filled & (1 << part)) !== 0)
  const quarter = (from: number, part: number) => rectangle(from + 4 * (part & 1), y + 8 * (part >> 1), 4, 8)
  return { painting: 'fill', path: repeatPath(x, count, (from) => parts.map((part) => quarter(from, part)).join('')) }
}

/** Rectangle as a piece of a path. */
export function rectangle(x: number, y: number, width: number, height: number): string {
  return `M${x} ${y}h${width}v${height}h-${width}z`
}
