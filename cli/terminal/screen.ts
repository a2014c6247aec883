/** The whole terminal as rows of text. */
import type { EventEmitter } from 'node:events'

const csi = '\u001b['
/** The alternate screen, without a cursor and without a row that wraps into the next. */
const enter = `${csi}?1049h${csi}?25l${csi}?7l${csi}2J`
const leave = `${csi}?7h${csi}?25h${csi}?1049l`
/** Between these a terminal that knows them shows nothing half drawn; the others ignore them. */
const begin = `${csi}?2026h`
const end = `${csi}?2026l`

/** What a screen draws on: `process.stderr`, or whatever stands for it. */
export interface Drawn extends EventEmitter {
  readonly columns?: number
  readonly rows?: number
  readonly writableNeedDrain: boolean
  write(text: string): boolean
}

/**
 * Draws rows on the alternate screen and gives the terminal back as it was.
 *
 * Ink could draw the same rows. It takes every cell of every frame apart, changed or not: 36 ms of CPU for a screen of
 * 120 × 40 that is all new and 41 ms for one that is not new at all (Ink 6.8, Node 20), so that five frames a second cost
 * a tenth of two cores that are wanted for training. Comparing rows as strings and writing those that differ costs less
 * than a millisecond.
 */
export class Screen {
  #shown: readonly string[] = []
  #size = ''
  #open = false

  constructor(readonly stream: Drawn) {}

  /** How many cells there are: 80 × 24 if the terminal does not say. */
  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.stream.columns || 80, rows: this.stream.rows || 24 }
  }

  /** Takes the terminal; also after it was given away for a while. */
  open(): void {
    if (this.#open) return
    this.#open = true
    this.#shown = []
    this.stream.write(enter)
  }

  /**
   * Shows the rows, each as wide as the screen, from the top; those that do not fit are left out. Writes nothing while the terminal has not yet taken the
   * frame before, as over a slow line: the next one is newer anyway.
   */
  draw(rows: readonly string[]): void {
    if (!this.#open || this.stream.writableNeedDrain) return
    const { columns, rows: height } = this.size
    const size = `${columns}×${height}`
    let text = ''
    if (size !== this.#size) {
      // What a terminal makes of its contents when it is resized is its own affair: all is drawn anew.
      this.#size = size
      this.#shown = []
      text += `${csi}2J`
    }
    const shown = rows.slice(0, height)
    for (const [i, row] of shown.entries()) {
      if (row !== this.#shown[i]) text += `${csi}${i + 1};1H${row}${csi}0m`
    }
    this.#shown = shown
    if (text !== '') this.stream.write(begin + text + end)
  }

  /** Gives the terminal back. May be called at any time and more than once. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.stream.write(leave)
  }
}
