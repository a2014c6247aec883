/** Terminal colours for screenshots. */
import { mix, type Rgb, rgbOf, rgbOfIndex } from '../../base/colour.js'
import type { Ink } from '../../base/text.js'

/** Ground of a picture, and default colour of text. */
export const ground = '#14171c'
const text = '#d7dce2'

/** The 16 named colours in the order of their codes, all legible on the ground. */
const namedColours = [
  ...['#3a4049', '#e5534b', '#57ab5a', '#c69026', '#539bf5', '#b083f0', '#39c5cf', '#c3cad2'],
  ...['#8b949e', '#ff938a', '#8ddb8c', '#eac55f', '#80bcff', '#dcbdfb', '#76e3ea', '#f0f3f6'],
] as const

/** Share of the text colour in dim text. */
const dimness = 0.55

/** Look of text in an SVG; colours as `#rrggbb`, no ground if it is the picture's. */
export interface CellStyle {
  readonly colour: string
  readonly ground?: string
  readonly bold: boolean
}

/** Converts an ink to its look. */
export function cellStyleOf(ink: Ink): CellStyle {
  const codes = ink === '' ? [] : ink.split(';').map(Number)
  let [front, back]: [Rgb, Rgb | undefined] = [rgbOf(text), undefined]
  let [bold, dim, inverse] = [false, false, false]
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0
    if (code === 38 || code === 48) {
      const direct = codes[i + 1] === 2
      const rgb: Rgb = direct
        ? [codes[i + 2] ?? 0, codes[i + 3] ?? 0, codes[i + 4] ?? 0]
        : rgbOfNumber(codes[i + 2] ?? 0)
      if (code === 38) front = rgb
      else back = rgb
      i += direct ? 4 : 2
    } else if (code === 1) bold = true
    else if (code === 2) dim = true
    else if (code === 7) inverse = true
    else if ((code >= 30 && code < 38) || (code >= 90 && code < 98))
      front = rgbOfNumber(code < 90 ? code - 30 : code - 82)
    else if ((code >= 40 && code < 48) || (code >= 100 && code < 108))
      back = rgbOfNumber(code < 100 ? code - 40 : code - 92)
  }
  if (dim) front = mix(back ?? rgbOf(ground), front, dimness)
  const [colour, behind] = inverse ? [back ?? rgbOf(ground), front] : [front, back]
  return { colour: hex(colour), bold, ...(behind && { ground: hex(behind) }) }
}

/** Mixes `share` of a colour into the ground, for shades of a cell. */
export function shade(colour: string, on: string, share: number): string {
  return hex(mix(rgbOf(on), rgbOf(colour), share))
}

function rgbOfNumber(index: number): Rgb {
  return index < 16 ? rgbOf(namedColours[index] ?? text) : rgbOfIndex(index)
}

function hex(rgb: Rgb): string {
  return `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
