/** Runs one job at a time, and of the jobs submitted meanwhile only the latest. */
export class LatestOnly {
  #busy = false
  #next: (() => Promise<void>) | undefined

  /** Runs `work` after the current job, unless newer work replaces it first. `work` must not reject. */
  submit(work: () => Promise<void>): void {
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
