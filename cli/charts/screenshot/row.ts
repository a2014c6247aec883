/** Row of text as SVG elements. */

import { characters, runs } from '../../base/text.js'
import { escapeXml, number } from '../svg/svg.js'
import { cell, type Painting, rectangle, shapeOf } from './shapes.js'
import { type CellStyle, cellStyleOf, ground, shade } from './theme.js'

/** Draws row number `row`, from 0, as SVG elements. */
export function drawRow(text: string, row: number): string {
  const paths = new Paths()
  let words = ''
  let x = 0
  const y = row * cell.height
  for (const { text: run, ink } of runs(text)) {
    const style = cellStyleOf(ink)
    const all = characters(run)
    const from = x
    const letters: [character: string, x: number][] = []
    for (let i = 0; i < all.length; ) {
      const [character = ' ', cells = 1] = all[i] ?? []
      let count = 1
      while (all[i + count]?.[0] === character) count++
      const shape = shapeOf(character, x, y, count)
      if (shape === undefined) for (let n = 0; n < count; n++) letters.push([character, x + n * cells * cell.width])
      else {
        const colour =
          shape.share === undefined ? style.colour : shade(style.colour, style.ground ?? ground, shape.share)
        paths.add(shape.painting, colour, shape.path)
      }
      x += count * cells * cell.width
      i += count
    }
    if (style.ground !== undefined) paths.add('ground', style.ground, rectangle(from, y, x - from, cell.height))
    words += drawLetters(letters, y, style)
  }
  return paths.toString() + words
}

/** Paths, merged by colour and painting into one element each; grounds come first. */
class Paths {
  readonly #paths = new Map<string, string>()

  add(painting: Painting | 'ground', colour: string, path: string): void {
    const key = `${painting} ${colour}`
    this.#paths.set(key, (this.#paths.get(key) ?? '') + path)
  }

  toString(): string {
    const grounds = [...this.#paths].filter(([key]) => key.startsWith('ground'))
    const others = [...this.#paths].filter(([key]) => !key.startsWith('ground'))
    return [...grounds, ...others].map(([key, path]) => element(key, path)).join('')
  }
}

function element(key: string, path: string): string {
  const [painting, colour] = key.split(' ')
  if (painting === 'line') return `<path class="l" stroke="${colour}" d="${path}"/>`
  if (painting === 'dots') return `<path class="d" stroke="${colour}" d="${path}"/>`
  return `<path fill="${colour}" d="${path}"/>`
}

/** Baseline of letters below the top of their cell. */
const baseline = 12.2

/** Draws letters, each at the x of its own cell, so that no font moves them out of their columns. */
function drawLetters(letters: readonly [character: string, x: number][], y: number, style: CellStyle): string {
  let element = ''
  let word: [character: string, x: number][] = []
  const end = () => {
    element += textAt(word, y, style)
    word = []
  }
  for (const [character, x] of letters) {
    const last = word.at(-1)
    // Keeps a single space between words, for copied text; a wider gap starts a new element.
    if (last !== undefined && (x > last[1] + 2 * cell.width || (character === ' ' && last[0] === ' '))) end()
    if (word.length > 0 || character !== ' ') word.push([character, x])
  }
  end()
  return element
}

function textAt(letters: readonly [character: string, x: number][], y: number, { colour, bold }: CellStyle): string {
  const shown = letters.at(-1)?.[0] === ' ' ? letters.slice(0, -1) : letters
  if (shown.length === 0) return ''
  // A letter and its accents are one grapheme but several characters with an x each.
  const places = shown.flatMap(([character, x]) => Array.from(character, () => x))
  const words = escapeXml(shown.map(([character]) => character).join(''))
  const weight = bold ? ' font-weight="700"' : ''
  return `<text x="${places.join(' ')}" y="${number(y + baseline)}" fill="${colour}"${weight}>${words}</text>`
}
