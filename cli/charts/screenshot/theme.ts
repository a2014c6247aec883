/** The colours of a terminal, for text that leaves it. */
import { indexed, mixed, type Rgb, rgbOf } from '../../base/colour.js'
import type { Ink } from '../../base/text.js'

/** The ground of a picture, and the colour of text that has none of its own. */
export const ground = '#14171c'
const text = '#d7dce2'

/** The 16 named colours in the order of their codes, each legible on the ground. */
const named = [
  ...['#3a4049', '#e5534b', '#57ab5a', '#c69026', '#539bf5', '#b083f0', '#39c5cf', '#c3cad2'],
  ...['#8b949e', '#ff938a', '#8ddb8c', '#eac55f', '#80bcff', '#dcbdfb', '#76e3ea', '#f0f3f6'],
] as const

/** How much of dim text is left. */
const dimness = 0.55

/** A look as an SVG has it; colours as `#rrggbb`, no ground where it is the picture's. */
export interface Look {
  readonly colour: string
  readonly ground?: string
  readonly bold: boolean
}

/** What an ink looks like. */
export function lookOf(ink: Ink): Look {
  const codes = ink === '' ? [] : ink.split(';').map(Number)
  let [front, back]: [Rgb, Rgb | undefined] = [rgbOf(text), undefined]
  let [bold, dim, inverse] = [false, false, false]
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0
    if (code === 38 || code === 48) {
      const direct = codes[i + 1] === 2
      const rgb: Rgb = direct ? [codes[i + 2] ?? 0, codes[i + 3] ?? 0, codes[i + 4] ?? 0] : numbered(codes[i + 2] ?? 0)
      if (code === 38) front = rgb
      else back = rgb
      i += direct ? 4 : 2
    } else if (code === 1) bold = true
    else if (code === 2) dim = true
    else if (code === 7) inverse = true
    else if ((code >= 30 && code < 38) || (code >= 90 && code < 98)) front = numbered(code < 90 ? code - 30 : code - 82)
    else if ((code >= 40 && code < 48) || (code >= 100 && code < 108))
      back = numbered(code < 100 ? code - 40 : code - 92)
  }
  if (dim) front = mixed(back ?? rgbOf(ground), front, dimness)
  const [colour, behind] = inverse ? [back ?? rgbOf(ground), front] : [front, back]
  return { colour: hex(colour), bold, ...(behind && { ground: hex(behind) }) }
}

/** The colour part of the way from the ground to another, for shades of a cell. */
export function shaded(colour: string, on: string, share: number): string {
  return hex(mixed(rgbOf(on), rgbOf(colour), share))
}

function numbered(index: number): Rgb {
  return index < 16 ? rgbOf(named[index] ?? text) : indexed(index)
}

function hex(rgb: Rgb): string {
  return `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
