/** Rows of text with colours in them, measured and cut by the cells that they take. */

/**
 * How text looks: the parameters of the escape sequence that says so (`1;38;5;36`), always in the same order; '' is the
 * terminal's own look. Two pieces of text look alike exactly when their inks are equal.
 */
export type Ink = string

/** A piece of text in one ink. */
export interface Run {
  readonly text: string
  readonly ink: Ink
}

/** Escape sequences, and the control characters that a name from outside may hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /\u001b\[[0-9;:?]*[@-~]|[\u0000-\u001f\u007f-\u009f]/g

/** What is not certainly one cell wide: combining marks, East Asian text, emoji. */
const special =
  /[\u0300-\u036f]|[\u0483-\u0489]|[\u0590-\u1fff]|[\u200b-\u200f]|[\u2028-\u202e]|[\u20d0-\u20ff]|[\u2e80-\u{10ffff}]|\p{Emoji_Presentation}/u
const wide =
  /\p{Emoji_Presentation}|\ufe0f|^[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The text without escape sequences and control characters. */
export function plain(text: string): string {
  return text.replace(controls, '')
}

/** The text in an ink, and the terminal's own look after it. */
export function inked(text: string, ink: Ink): string {
  return ink === '' || text === '' ? text : `\u001b[${ink}m${text}\u001b[0m`
}

/** A row that is built cell by cell: cells of one ink in a row share one escape sequence. */
export class InkedRow {
  #text = ''
  #run = ''
  #ink: Ink = ''

  /** One more character. */
  add(character: string, ink: Ink): void {
    if (ink !== this.#ink) {
      this.#text += inked(this.#run, this.#ink)
      this.#run = ''
      this.#ink = ink
    }
    this.#run += character
  }

  toString(): string {
    return this.#text + inked(this.#run, this.#ink)
  }
}

/** What a person sees as one character each, with the cells that it takes: 1, or 2 for what is wide. */
export function characters(text: string): [character: string, cells: number][] {
  if (!special.test(text)) return text.split('').map((character) => [character, 1])
  return Array.from(graphemes.segment(text), ({ segment }) => [segment, wide.test(segment) ? 2 : 1])
}

/** How many cells the text takes. */
export function width(text: string): number {
  return measured(text).cells
}

/** The text with spaces up to so many cells. */
export function pad(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - width(text)))
}

/** The text as pieces of one ink each. */
export function runs(row: string): Run[] {
  const found: Run[] = []
  const look: Look = { flags: new Set(), foreground: '', background: '' }
  let from = 0
  const add = (text: string) => {
    const ink = inkOf(look)
    const last = found.at(-1)
    if (text === '') return
    if (last?.ink === ink) found[found.length - 1] = { text: last.text + text, ink }
    else found.push({ text, ink })
  }
  for (const match of row.matchAll(controls)) {
    add(row.slice(from, match.index))
    from = match.index + match[0].length
    if (match[0].endsWith('m') && match[0].length > 1) apply(look, match[0].slice(2, -1))
  }
  add(row.slice(from))
  return found
}

/** What the escape sequences so far have left switched on. */
interface Look {
  readonly flags: Set<string>
  foreground: string
  background: string
}

function inkOf({ flags, foreground, background }: Look): Ink {
  return [...[...flags].sort(), foreground, background].filter((part) => part !== '').join(';')
}

/** Follows the parameters of one sequence: weights, inverse, and colours of 4, 8 and 24 bits. */
function apply(look: Look, parameters: string): void {
  const codes = parameters.split(/[;:]/)
  for (let i = 0; i < codes.length; i++) {
    const code = Number(codes[i] || 0)
    if (code === 38 || code === 48) {
      const length = codes[i + 1] === '2' ? 5 : 3
      look[code === 38 ? 'foreground' : 'background'] = codes.slice(i, i + length).join(';')
      i += length - 1
    } else if (code === 0) {
      look.flags.clear()
      look.foreground = look.background = ''
    } else if (code === 22) {
      look.flags.delete('1')
      look.flags.delete('2')
    } else if (code < 10) look.flags.add(String(code))
    else if (code > 22 && code < 30) look.flags.delete(String(code - 20))
    else if (code === 39) look.foreground = ''
    else if (code === 49) look.background = ''
    else if ((code >= 30 && code < 38) || (code >= 90 && code < 98)) look.foreground = String(code)
    else if ((code >= 40 && code < 48) || (code >= 100 && code < 108)) look.background = String(code)
  }
}

/** The cells `from` (included) to `to` (not included) of a row; half of a wide character is a space. */
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
    result += inked(kept, ink)
    if (x >= to) break
  }
  return result
}

/** The row in exactly so many cells: filled with spaces, or cut with an … where it goes on. */
export function fit(row: string, cells: number): string {
  const { cells: size, legible } = measured(row)
  if (size <= cells) return legible + ' '.repeat(cells - size)
  return cells <= 0 ? '' : `${slice(row, 0, cells - 1)}…`
}

/** What there is to know of a row: its cells, and itself with no escape sequences but colours. */
interface Measures {
  readonly cells: number
  readonly legible: string
}

/** Rows that were measured lately: each is put into several boxes, and most of them were in the last frame too. */
const known = new Map<string, Measures>()
const mostKnown = 1024

function measured(row: string): Measures {
  const before = known.get(row)
  if (before !== undefined) return before
  const shown = plain(row)
  const cells = special.test(shown) ? characters(shown).reduce((sum, [, cells]) => sum + cells, 0) : shown.length
  const measures = { cells, legible: shown === row || cells === 0 ? shown : legible(row) }
  if (known.size >= mostKnown) known.clear()
  known.set(row, measures)
  return measures
}

/** Rows that hold nothing but text and colours, as all of our own do: taking them apart would cost most of a frame. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const harmless = /^(?:[^\u0000-\u001f\u007f-\u009f]|\u001b\[[0-9;:]*m)*$/

/** A row whose only escape sequences are colours. */
function legible(row: string): string {
  if (harmless.test(row)) return row
  return runs(row)
    .map(({ text, ink }) => inked(text, ink))
    .join('')
}

/** Words at both ends of a row of so many cells; the right ones give way where there is no room. */
export function ends(left: string, right: string, cells: number): string {
  const gap = cells - width(left) - width(right)
  return gap < 1 ? fit(left, cells) : left + ' '.repeat(gap) + right
}
