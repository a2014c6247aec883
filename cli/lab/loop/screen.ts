/** The whole terminal as rows of text. */

const csi = '\u001b['
/** The alternate screen, without a cursor and without a row that wraps into the next. */
const enter = `${csi}?1049h${csi}?25l${csi}?7l${csi}2J`
const leave = `${csi}?7h${csi}?25h${csi}?1049l`
/** The end of an ink: what follows it looks the same wherever it stands. */
const plainAgain = `${csi}0m`
/** Between these a terminal that knows them shows nothing half drawn; the others ignore them. */
const begin = `${csi}?2026h`
const end = `${csi}?2026l`

/** What a screen draws on: `process.stderr`, or whatever stands for it. */
export interface Drawn {
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
 * than a millisecond. Of those, what they end with as before is left out: where curves move on the left, the plane of
 * latents on the right stays, and its colours are most of the row.
 */
export class Screen {
  #shown: readonly string[] = []
  #isStale = true
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
    this.#isStale = true
    this.stream.write(enter)
  }

  /**
   * Says that the terminal was resized: what it made of its contents meanwhile is its own affair, also if it has its old size
   * again, and so the next frame is drawn anew as a whole.
   */
  resized(): void {
    this.#isStale = true
  }

  /**
   * Shows the rows, each as wide as the screen, from the top; those that do not fit are left out. Writes nothing while the terminal has not yet taken the
   * frame before, as over a slow line: the next one is newer anyway.
   */
  draw(rows: readonly string[]): void {
    if (!this.#open || this.stream.writableNeedDrain) return
    let text = ''
    if (this.#isStale) {
      this.#isStale = false
      this.#shown = []
      text += `${csi}2J`
    }
    const shown = rows.slice(0, this.size.rows)
    for (const [i, row] of shown.entries()) {
      if (row !== this.#shown[i]) text += `${csi}${i + 1};1H${changed(row, this.#shown[i] ?? '')}${plainAgain}`
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

/** The row up to where it goes on as the one before, of the same width, did: behind the end of an ink. */
function changed(row: string, before: string): string {
  let same = 0
  const most = Math.min(row.length, before.length)
  while (same < most && row.charCodeAt(row.length - 1 - same) === before.charCodeAt(before.length - 1 - same)) same++
  const at = row.indexOf(plainAgain, row.length - same)
  return at === -1 ? row : row.slice(0, at)
}
