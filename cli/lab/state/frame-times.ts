/** How long frames took to make and write, in bounded memory. */

/** Frames are sorted by tenths of a millisecond; those beyond the last count as the last. */
const bins = 2000

export class FrameTimes {
  readonly #counts = new Uint32Array(bins)
  frames = 0

  /** Makes a frame and notes how long that took. */
  time(make: () => void): void {
    const start = performance.now()
    make()
    const bin = Math.min(bins - 1, Math.floor((performance.now() - start) * 10))
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1
    this.frames += 1
  }

  /** The time in milliseconds that a share of the frames stayed below: 0.99 for the 99th percentile. */
  quantile(share: number): number {
    let left = share * this.frames
    for (let bin = 0; bin < bins; bin++) {
      left -= this.#counts[bin] ?? 0
      if (left <= 0) return (bin + 1) / 10
    }
    return bins / 10
  }
}
