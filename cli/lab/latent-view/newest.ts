/** Work of which only the newest is wanted: one piece at a time, and then the last that was asked for meanwhile. */
export class Newest {
  #busy = false
  #next: (() => Promise<void>) | undefined

  /** Does the work as soon as what is under way is done, unless newer work is asked for first. It must not fail. */
  ask(work: () => Promise<void>): void {
    this.#next = work
    if (!this.#busy) void this.#run()
  }

  async #run(): Promise<void> {
    this.#busy = true
    for (let work = this.#take(); work !== undefined; work = this.#take()) await work()
    this.#busy = false
  }

  #take(): (() => Promise<void>) | undefined {
    const work = this.#next
    this.#next = undefined
    return work
  }
}
