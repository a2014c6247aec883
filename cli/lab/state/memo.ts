/** Memoised values: computed again only when an input changes. */

/** The last value of a computation, kept while its inputs stay the same. */
export class Memo<T> {
  #inputs: readonly unknown[] | undefined
  #value: T | undefined

  /** Returns the kept value if the inputs are those of the last call, else computes it. */
  get(inputs: readonly unknown[], compute: () => T): T {
    if (this.#inputs?.length !== inputs.length || !inputs.every((input, i) => Object.is(input, this.#inputs?.[i]))) {
      this.#value = compute()
      this.#inputs = inputs
    }
    return this.#value as T
  }
}

/** A {@link Memo} for each object, freed with it. */
export class ObjectMemo<K extends object, T> {
  readonly #memos = new WeakMap<K, Memo<T>>()

  /** Returns the kept value of `object` if the inputs are those of its last call, else computes it. */
  get(object: K, inputs: readonly unknown[], compute: () => T): T {
    const memo = this.#memos.get(object) ?? new Memo<T>()
    this.#memos.set(object, memo)
    return memo.get(inputs, compute)
  }
}
