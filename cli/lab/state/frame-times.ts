/** Histogram of frame times, in bounded memory. */

/** Bins of 0.1 ms; longer frames count in the last. */
const bins = 2000

export class FrameTimes {
  readonly #counts = new Uint32Array(bins)
  frames = 0

  /** Makes a frame and records its duration. */
  time(make: () => void): void {
    const start = performance.now()
    make()
    const bin = Math.min(bins - 1, Math.floor((performance.now() - start) * 10))
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1
    this.frames += 1
  }

  /** Quantile in milliseconds; `share` 0.99 is the 99th percentile. */
  quantile(share: number): number {
    let left = share * this.frames
    for (let bin = 0; bin < bins; bin++) {
      left -= this.#counts[bin] ?? 0
      if (left <= 0) return (bin + 1) / 10
    }
    return bins / 10
  }
}
