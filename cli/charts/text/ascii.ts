/** Text for terminals whose font has letters only. */
import { characters, inked, runs } from '../../base/text.js'

/** What stands for a character, by what it looks like; each is one cell. */
const looks: readonly [characters: string, letter: string][] = [
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

const letters = new Map(looks.flatMap(([all, letter]) => Array.from(all, (one) => [one, letter] as const)))
const beyondAscii = /[^\x20-\x7e]/

/** The row in printable ASCII, every character in its place; accents are dropped, and what is unknown is a `?`. */
export function toAscii(row: string): string {
  if (!beyondAscii.test(row)) return row
  return runs(row)
    .map(({ text, ink }) => inked(characters(text).map(letter).join(''), ink))
    .join('')
}

function letter([character, cells]: [string, number]): string {
  if (!beyondAscii.test(character)) return character
  const known = letters.get(character)
  if (known !== undefined) return known
  const code = character.codePointAt(0) ?? 0
  // Braille is more or less of a dot; `x̂` and subscripts are what they are made of.
  if (code >= 0x2800 && code < 0x2900) return code === 0x2800 ? ' ' : ':'
  const bare = character.normalize('NFKD').slice(0, 1)
  return beyondAscii.test(bare) || bare === '' ? '?'.repeat(cells) : (letters.get(bare) ?? bare).padEnd(cells)
}
