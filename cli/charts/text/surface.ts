/** Rectangle of cells on which charts are composed in layers. */

import type { Style } from '../../base/style.js'
import { characters, type Ink, InkedRow, plain } from '../../base/text.js'
import { toAscii } from './ascii.js'

/** Size in cells. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** Cells with a character, an ink and a ground; x from the left, y from the top. Ignores writes outside. */
export class Surface {
  readonly columns: number
  readonly rows: number
  readonly #characters: string[]
  readonly #inks: Ink[]
  readonly #grounds: Ink[]

  /** Creates a blank surface. */
  constructor({ columns, rows }: Size) {
    this.columns = Math.max(0, Math.floor(columns))
    this.rows = Math.max(0, Math.floor(rows))
    const cells = this.columns * this.rows
    this.#characters = new Array<string>(cells).fill(' ')
    this.#inks = new Array<Ink>(cells).fill('')
    this.#grounds = new Array<Ink>(cells).fill('')
  }

  /** Writes text in one ink from a cell to the right; drops its escape sequences. */
  put(x: number, y: number, text: string, ink: Ink = ''): void {
    let column = x
    for (const [character, cells] of characters(plain(text))) {
      if (cells === 1 || column + 2 <= this.columns) this.set(column, y, character, ink, cells)
      column += cells
    }
  }

  /** Writes one character of 1 or 2 `cells`. */
  set(x: number, y: number, character: string, ink: Ink = '', cells = 1): void {
    if (!(x >= 0 && y >= 0 && x < this.columns && y < this.rows)) return
    const cell = y * this.columns + x
    // The second half of a wide character is ''; overwriting one half blanks the other.
    if (this.#characters[cell] === '') this.#characters[cell - 1] = ' '
    if (this.#characters[cell + cells] === '') this.#characters[cell + cells] = ' '
    this.#characters[cell] = character
    this.#inks[cell] = ink
    if (cells === 2) {
      this.#characters[cell + 1] = ''
      this.#inks[cell + 1] = ink
    }
  }

  /** Sets the ground of a cell; keeps its character. */
  ground(x: number, y: number, ink: Ink): void {
    if (x >= 0 && y >= 0 && x < this.columns && y < this.rows) this.#grounds[y * this.columns + x] = ink
  }

  /** True if `cells` cells from here lie within and are blank. */
  isBlank(x: number, y: number, cells: number): boolean {
    if (x < 0 || y < 0 || x + cells > this.columns || y >= this.rows) return false
    for (let i = 0; i < cells; i++) if (this.#characters[y * this.columns + x + i] !== ' ') return false
    return true
  }

  /** Rows from the top, each `columns` cells wide, with one escape sequence per run of one look. */
  toRows({ charset }: Pick<Style, 'charset'>): string[] {
    return Array.from({ length: this.rows }, (_, row) => {
      const text = this.#row(row * this.columns)
      return charset === 'ascii' ? toAscii(text) : text
    })
  }

  #row(start: number): string {
    const row = new InkedRow()
    for (let cell = start; cell < start + this.columns; cell++) {
      const character = this.#characters[cell] ?? ' '
      const ground = this.#grounds[cell] ?? ''
      const own = this.#inks[cell] ?? ''
      row.add(character, ground === '' ? own : own === '' ? ground : `${own};${ground}`)
    }
    return row.toString()
  }
}
