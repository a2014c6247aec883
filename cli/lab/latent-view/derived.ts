/** A value that is made from others, and made anew only when one of these is another. */
export class Derived<T> {
  #from: readonly unknown[] | undefined
  #value: T | undefined

  /** The value as it was made from the same things, or else a new one. */
  of(from: readonly unknown[], make: () => T): T {
    if (this.#from?.length !== from.length || from.some((one, i) => one !== this.#from?.[i])) {
      this.#value = make()
      this.#from = from
    }
    return this.#value as T
  }
}
