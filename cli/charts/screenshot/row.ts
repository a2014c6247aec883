/** A row of text as the elements of an SVG. */

import { characters, runs } from '../../base/text.js'
import { escaped, number } from '../svg/svg.js'
import { cell, type Painting, rectangle, shapeOf } from './shapes.js'
import { ground, type Look, lookOf, shaded } from './theme.js'

/** The elements of row number `row`, from 0. */
export function drawRow(text: string, row: number): string {
  const paths = new Paths()
  let words = ''
  let x = 0
  const y = row * cell.height
  for (const { text: run, ink } of runs(text)) {
    const look = lookOf(ink)
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
        const colour = shape.share === undefined ? look.colour : shaded(look.colour, look.ground ?? ground, shape.share)
        paths.add(shape.painting, colour, shape.path)
      }
      x += count * cells * cell.width
      i += count
    }
    if (look.ground !== undefined) paths.add('ground', look.ground, rectangle(from, y, x - from, cell.height))
    words += written(letters, y, look)
  }
  return paths.toString() + words
}

/** Paths of one colour and one way of painting are one element; grounds come first. */
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

/** How far below the top of its cell a letter stands. */
const baseline = 12.2

/** Letters, each at the x of its own cell: no font, however wide its letters are, moves one of them out of its column. */
function written(letters: readonly [character: string, x: number][], y: number, look: Look): string {
  let element = ''
  let word: [character: string, x: number][] = []
  const end = () => {
    element += textAt(word, y, look)
    word = []
  }
  for (const [character, x] of letters) {
    const last = word.at(-1)
    // A single space between words is kept, for whoever copies them; what is further apart are words of their own.
    if (last !== undefined && (x > last[1] + 2 * cell.width || (character === ' ' && last[0] === ' '))) end()
    if (word.length > 0 || character !== ' ') word.push([character, x])
  }
  end()
  return element
}

function textAt(letters: readonly [character: string, x: number][], y: number, { colour, bold }: Look): string {
  const shown = letters.at(-1)?.[0] === ' ' ? letters.slice(0, -1) : letters
  if (shown.length === 0) return ''
  // A letter and its accents are one thing to look at and several characters to place.
  const places = shown.flatMap(([character, x]) => Array.from(character, () => x))
  const words = escaped(shown.map(([character]) => character).join(''))
  const weight = bold ? ' font-weight="700"' : ''
  return `<text x="${places.join(' ')}" y="${number(y + baseline)}" fill="${colour}"${weight}>${words}</text>`
}
