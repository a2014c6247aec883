/** Rows of coloured text, measured and cut in terminal cells. */

/**
 * Look of text: the parameters of its escape sequence (`1;38;5;36`), always in the same order; '' is the terminal's
 * default. Two pieces of text look alike exactly when their inks are equal.
 */
export type Ink = string

/** Piece of text in one ink. */
export interface Run {
  readonly text: string
  readonly ink: Ink
}

/** Escape sequences, and control characters that external names may hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches them on purpose
const controls = /\u001b\[[0-9;:?]*[@-~]|[\u0000-\u001f\u007f-\u009f]/g

/** Characters that may not be one cell wide: combining marks, East Asian text, emoji. */
const special =
  /[\u0300-\u036f]|[\u0483-\u0489]|[\u0590-\u1fff]|[\u200b-\u200f]|[\u2028-\u202e]|[\u20d0-\u20ff]|[\u2e80-\u{10ffff}]|\p{Emoji_Presentation}/u
const wide =
  /\p{Emoji_Presentation}|\ufe0f|^[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Removes escape sequences and control characters. */
export function plain(text: string): string {
  return text.replace(controls, '')
}

/** Wraps text in an ink; resets to the terminal's default after it. */
export function applyInk(text: string, ink: Ink): string {
  return ink === '' || text === '' ? text : `\u001b[${ink}m${text}\u001b[0m`
}

/** Row built cell by cell: consecutive cells of one ink share one escape sequence. */
export class InkedRow {
  #text = ''
  #run = ''
  #ink: Ink = ''

  /** Appends a character. */
  add(character: string, ink: Ink): void {
    if (ink !== this.#ink) {
      this.#text += applyInk(this.#run, this.#ink)
      this.#run = ''
      this.#ink = ink
    }
    this.#run += character
  }

  toString(): string {
    return this.#text + applyInk(this.#run, this.#ink)
  }
}

/** Graphemes of the text, each with its width: 1 cell, or 2 if wide. */
export function characters(text: string): [character: string, cells: number][] {
  if (!special.test(text)) return text.split('').map((character) => [character, 1])
  return Array.from(graphemes.segment(text), ({ segment }) => [segment, wide.test(segment) ? 2 : 1])
}

/** Width of the text in cells. */
export function width(text: string): number {
  return measure(text).cells
}

/** Pads the text with spaces to `cells`. */
export function pad(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - width(text)))
}

/** Splits a row into pieces of one ink each. */
export function runs(row: string): Run[] {
  const found: Run[] = []
  const attributes: TextAttributes = { flags: new Set(), foreground: '', background: '' }
  let from = 0
  const add = (text: string) => {
    const ink = inkOf(attributes)
    const last = found.at(-1)
    if (text === '') return
    if (last?.ink === ink) found[found.length - 1] = { text: last.text + text, ink }
    else found.push({ text, ink })
  }
  for (const match of row.matchAll(controls)) {
    add(row.slice(from, match.index))
    from = match.index + match[0].length
    if (match[0].endsWith('m') && match[0].length > 1) apply(attributes, match[0].slice(2, -1))
  }
  add(row.slice(from))
  return found
}

/** State left by the escape sequences so far. */
interface TextAttributes {
  readonly flags: Set<string>
  foreground: string
  background: string
}

function inkOf({ flags, foreground, background }: TextAttributes): Ink {
  return [...[...flags].sort(), foreground, background].filter((part) => part !== '').join(';')
}

/** Applies the parameters of one sequence: weights, inverse, and colours of 4, 8 and 24 bits. */
function apply(attributes: TextAttributes, parameters: string): void {
  const codes = parameters.split(/[;:]/)
  for (let i = 0; i < codes.length; i++) {
    const code = Number(codes[i] || 0)
    if (code === 38 || code === 48) {
      const length = codes[i + 1] === '2' ? 5 : 3
      attributes[code === 38 ? 'foreground' : 'background'] = codes.slice(i, i + length).join(';')
      i += length - 1
    } else if (code === 0) {
      attributes.flags.clear()
      attributes.foreground = attributes.background = ''
    } else if (code === 22) {
      attributes.flags.delete('1')
      attributes.flags.delete('2')
    } else if (code < 10) attributes.flags.add(String(code))
    else if (code > 22 && code < 30) attributes.flags.delete(String(code - 20))
    else if (code === 39) attributes.foreground = ''
    else if (code === 49) attributes.background = ''
    else if ((code >= 30 && code < 38) || (code >= 90 && code < 98)) attributes.foreground = String(code)
    else if ((code >= 40 && code < 48) || (code >= 100 && code < 108)) attributes.background = String(code)
  }
}

/** Cells `from` (included) to `to` (excluded) of a row; half of a wide character becomes a space. */
export function slice(row: string, from: number, to: number): string {
  if (plain(row) === row && !special.test(row)) return row.slice(Math.max(0, from), Math.max(0, to))
  let x = 0
  let result = ''
  for (const { text, ink } of runs(row)) {
    let kept = ''
    for (const [character, cells] of characters(text)) {
      if (x >= from && x + cells <= to) kept += character
      else if (x + cells > from && x < to) kept += ' '
      x += cells
    }
    result += applyInk(kept, ink)
    if (x >= to) break
  }
  return result
}

/** Fits the row to exactly `cells`: padded with spaces, or cut with an …. */
export function fit(row: string, cells: number): string {
  const { cells: size, printable } = measure(row)
  if (size <= cells) return printable + ' '.repeat(cells - size)
  return cells <= 0 ? '' : `${slice(row, 0, cells - 1)}…`
}

/** Width of a row, and the row with colours as its only escape sequences. */
interface Measures {
  readonly cells: number
  readonly printable: string
}

/** Memoised measures: each row goes into several boxes, and most rows were in the last frame too. */
const cache = new Map<string, Measures>()
const maxCached = 1024

function measure(row: string): Measures {
  const before = cache.get(row)
  if (before !== undefined) return before
  const shown = plain(row)
  const cells = special.test(shown) ? characters(shown).reduce((sum, [, cells]) => sum + cells, 0) : shown.length
  const measures = { cells, printable: shown === row || cells === 0 ? shown : keepColours(row) }
  if (cache.size >= maxCached) cache.clear()
  cache.set(row, measures)
  return measures
}

/** Matches rows of text and colours only, as all of our own are: splitting them would cost most of a frame. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches them on purpose
const onlyColours = /^(?:[^\u0000-\u001f\u007f-\u009f]|\u001b\[[0-9;:]*m)*$/

/** Drops every escape sequence of a row but colours. */
function keepColours(row: string): string {
  if (onlyColours.test(row)) return row
  return runs(row)
    .map(({ text, ink }) => applyInk(text, ink))
    .join('')
}

/** Row of `cells` with words at both ends; drops the right ones if there is no room. */
export function justify(left: string, right: string, cells: number): string {
  const gap = cells - width(left) - width(right)
  return gap < 1 ? fit(left, cells) : left + ' '.repeat(gap) + right
}
