/** Terminal colours and their escape parameters. */

/** Bits of colour of a terminal: none, the 16 named colours, 256, or 24-bit. */
export type ColorDepth = 1 | 4 | 8 | 24

/** Red, green and blue, each from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number]

/** Levels of each channel in the 6 × 6 × 6 cube of the 256 colours (numbers 16 to 231). */
const levels = [0, 95, 135, 175, 215, 255] as const

/** Parses `#116f8a`. */
export function rgbOf(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

/** Parameters after 38 (text) or 48 (ground) in an escape sequence: 24-bit, or the nearest of 256. */
export function parameters([red, green, blue]: Rgb, depth: 8 | 24): string {
  return depth === 24 ? `2;${red};${green};${blue}` : `5;${nearest(red, green, blue)}`
}

/** Number of the nearest colour among the cube and the 24 greys (232 to 255: 8, 18, … 238). */
function nearest(red: number, green: number, blue: number): number {
  const [r, g, b] = [level(red), level(green), level(blue)]
  const grey = Math.min(23, Math.max(0, Math.round(((red + green + blue) / 3 - 8) / 10)))
  const distance = (x: number, y: number, z: number) => (x - red) ** 2 + (y - green) ** 2 + (z - blue) ** 2
  const inCube = distance(levels[r] ?? 0, levels[g] ?? 0, levels[b] ?? 0)
  const shade = 8 + 10 * grey
  return distance(shade, shade, shade) < inCube ? 232 + grey : 16 + 36 * r + 6 * g + b
}

function level(value: number): number {
  return value < 48 ? 0 : value < 115 ? 1 : Math.min(5, Math.round((value - 55) / 40))
}

/** Colour `index` of 256; the first 16 belong to the terminal's theme and read as black. */
export function rgbOfIndex(index: number): Rgb {
  if (index >= 232) {
    const shade = 8 + 10 * (index - 232)
    return [shade, shade, shade]
  }
  const at = Math.max(0, index - 16)
  return [levels[Math.floor(at / 36)] ?? 0, levels[Math.floor(at / 6) % 6] ?? 0, levels[at % 6] ?? 0]
}

/** Interpolates from one colour to another; `share` 0 gives `from`, 1 gives `to`. */
export function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const part = (c: 0 | 1 | 2) => Math.round(from[c] + (to[c] - from[c]) * share)
  return [part(0), part(1), part(2)]
}
