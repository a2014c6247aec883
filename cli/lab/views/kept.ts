/** Drawings that are kept until what they show has changed. */

/** The last drawing of each thing, and for which size and settings it was made. */
export class Kept<T extends object> {
  readonly #drawings = new WeakMap<T, { readonly key: string; readonly rows: string[] }>()

  /** The drawing of `thing` for these settings: the one that is there, or a new one. */
  of(thing: T, settings: readonly (string | number | boolean | undefined)[], draw: () => string[]): string[] {
    const key = settings.join('\u0000')
    const drawing = this.#drawings.get(thing)
    if (drawing?.key === key) return drawing.rows
    const rows = draw()
    this.#drawings.set(thing, { key, rows })
    return rows
  }
}
