/** A rectangle of cells that charts are put together on, layer over layer. */

import type { Style } from '../../base/style.js'
import { characters, type Ink, InkedRow, plain } from '../../base/text.js'
import { toAscii } from './ascii.js'

/** A size in cells. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** Cells, each with a character, its ink and a ground; x from the left, y from the top. What lies outside is left out. */
export class Surface {
  readonly columns: number
  readonly rows: number
  readonly #characters: string[]
  readonly #inks: Ink[]
  readonly #grounds: Ink[]

  /** All blank. */
  constructor({ columns, rows }: Size) {
    this.columns = Math.max(0, Math.floor(columns))
    this.rows = Math.max(0, Math.floor(rows))
    const cells = this.columns * this.rows
    this.#characters = new Array<string>(cells).fill(' ')
    this.#inks = new Array<Ink>(cells).fill('')
    this.#grounds = new Array<Ink>(cells).fill('')
  }

  /** Writes text in one ink from a cell to the right; escape sequences in it are dropped. */
  put(x: number, y: number, text: string, ink: Ink = ''): void {
    let column = x
    for (const [character, cells] of characters(plain(text))) {
      if (cells === 1 || column + 2 <= this.columns) this.set(column, y, character, ink, cells)
      column += cells
    }
  }

  /** Writes one character, of one cell unless it is said to have two. */
  set(x: number, y: number, character: string, ink: Ink = '', cells = 1): void {
    if (!(x >= 0 && y >= 0 && x < this.columns && y < this.rows)) return
    const cell = y * this.columns + x
    // The second half of a wide character is '', and neither half outlives the other.
    if (this.#characters[cell] === '') this.#characters[cell - 1] = ' '
    if (this.#characters[cell + cells] === '') this.#characters[cell + cells] = ' '
    this.#characters[cell] = character
    this.#inks[cell] = ink
    if (cells === 2) {
      this.#characters[cell + 1] = ''
      this.#inks[cell + 1] = ink
    }
  }

  /** Gives a cell a ground; its character stays. */
  ground(x: number, y: number, ink: Ink): void {
    if (x >= 0 && y >= 0 && x < this.columns && y < this.rows) this.#grounds[y * this.columns + x] = ink
  }

  /** Whether so many cells from here are within and empty. */
  isBlank(x: number, y: number, cells: number): boolean {
    if (x < 0 || y < 0 || x + cells > this.columns || y >= this.rows) return false
    for (let i = 0; i < cells; i++) if (this.#characters[y * this.columns + x + i] !== ' ') return false
    return true
  }

  /** The rows from the top, each `columns` cells wide: one escape sequence for each run of one look. */
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
