/** Rows of text in ASCII, for terminals whose font has letters only. */
import { applyInk, characters, runs } from '../../base/text.js'

/** Characters and their ASCII replacement, by appearance; one cell each. */
const replacements: readonly [characters: string, letter: string][] = [
  ['─━═╌┄┈⠒−–—', '-'],
  ['│┃║┆┊╎▕▏▎▍', '|'],
  ['┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╞╡┝┥╪', '+'],
  ['█▉▊▋▌▓▇▆▐▛▜▙▟▀▄', '#'],
  ['▒▅', '*'],
  ['░▃▂', ':'],
  ['▁⣀▖▗', '_'],
  ['▘▝', "'"],
  ['▚', '\\'],
  ['▞', '/'],
  ['·∙…⋯◌○', '.'],
  ['●◆★✚×✔■', '*'],
  ['▲△⚠', '!'],
  ['✖', 'x'],
  ['▸›→»▶', '>'],
  ['‹←«◀', '<'],
  ['↑▴', '^'],
  ['↓▾', 'v'],
  ['⏎↵', '<'],
  ['’‘', "'"],
  ['“”', '"'],
  ['±', '~'],
  ['≤', '<'],
  ['≥', '>'],
  ['≈', '~'],
  ['▪•', '*'],
  ['Δ', 'D'],
  ['α', 'a'],
  ['βß', 'b'],
  ['ε', 'e'],
  ['η', 'n'],
  ['θ', 't'],
  ['λ', 'l'],
  ['μµ', 'u'],
  ['σΣ', 's'],
  ['φ', 'f'],
]

const letters = new Map(replacements.flatMap(([all, letter]) => Array.from(all, (one) => [one, letter] as const)))
const beyondAscii = /[^\x20-\x7e]/

/** Converts a row to printable ASCII of the same width; drops accents, and replaces unknown characters by `?`. */
export function toAscii(row: string): string {
  if (!beyondAscii.test(row)) return row
  return runs(row)
    .map(({ text, ink }) => applyInk(characters(text).map(letter).join(''), ink))
    .join('')
}

function letter([character, cells]: [string, number]): string {
  if (!beyondAscii.test(character)) return character
  const known = letters.get(character)
  if (known !== undefined) return known
  const code = character.codePointAt(0) ?? 0
  // Braille becomes a blank or a colon; `x̂` and subscripts decompose to their base letters.
  if (code >= 0x2800 && code < 0x2900) return code === 0x2800 ? ' ' : ':'
  const bare = character.normalize('NFKD').slice(0, 1)
  return beyondAscii.test(bare) || bare === '' ? '?'.repeat(cells) : (letters.get(bare) ?? bare).padEnd(cells)
}
