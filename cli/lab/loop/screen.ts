/** Screen of the terminal, drawn as rows of text. */

const csi = '\u001b['
/** Enters the alternate screen, without cursor and line wrap. */
const enter = `${csi}?1049h${csi}?25l${csi}?7l${csi}2J`
const leave = `${csi}?7h${csi}?25h${csi}?1049l`
/** Resets the style; the text after it looks the same at any position. */
const resetStyle = `${csi}0m`
/** Synchronised update: terminals that support it show no partial frame, others ignore it. */
const beginUpdate = `${csi}?2026h`
const endUpdate = `${csi}?2026l`

/** Output of a screen: `process.stderr`, or a substitute. */
export interface ScreenOutput {
  readonly columns?: number
  readonly rows?: number
  readonly writableNeedDrain: boolean
  write(text: string): boolean
}

/**
 * Draws rows on the alternate screen and restores the terminal.
 *
 * Ink could draw the same rows, but it parses every cell of every frame, changed or not: 36 ms of CPU for a screen of
 * 120 × 40 that is all new and 41 ms for one without a change (Ink 6.8, Node 20), so that five frames a second cost a
 * tenth of two cores that training needs. Comparing rows as strings and writing those that differ costs less than a
 * millisecond. The unchanged end of a row is not written either: where curves move on the left, the latent plane on the
 * right stays, and its colours are most of the row.
 */
export class Screen {
  #shown: readonly string[] = []
  #isStale = true
  #open = false

  constructor(readonly stream: ScreenOutput) {}

  /** Size in cells; 80 × 24 if unknown. */
  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.stream.columns || 80, rows: this.stream.rows || 24 }
  }

  /** Takes over the terminal, also again after {@link close}. */
  open(): void {
    if (this.#open) return
    this.#open = true
    this.#isStale = true
    this.stream.write(enter)
  }

  /**
   * Makes the next frame draw every row: a resize may have changed the contents, even if the terminal has its old size
   * again.
   */
  resized(): void {
    this.#isStale = true
  }

  /**
   * Draws rows as wide as the screen, from the top; rows that do not fit are dropped. Writes nothing while the stream
   * still buffers the previous frame, as over a slow line: the next frame is newer anyway.
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
      if (row !== this.#shown[i]) text += `${csi}${i + 1};1H${changedPart(row, this.#shown[i] ?? '')}${resetStyle}`
    }
    this.#shown = shown
    if (text !== '') this.stream.write(beginUpdate + text + endUpdate)
  }

  /** Restores the terminal. May be called at any time, and repeatedly. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.stream.write(leave)
  }
}

/** Returns `row` without the end it shares with `before`, a row of the same width; cuts only at a style reset. */
function changedPart(row: string, before: string): string {
  let same = 0
  const limit = Math.min(row.length, before.length)
  while (same < limit && row.charCodeAt(row.length - 1 - same) === before.charCodeAt(before.length - 1 - same)) same++
  const at = row.indexOf(resetStyle, row.length - same)
  return at === -1 ? row : row.slice(0, at)
}
