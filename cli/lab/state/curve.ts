/** Batch losses over a whole run, in a bounded number of points. */
import type { Losses, StepEvent } from '../../../index.js'

/** Losses at a step: of one batch, or means of several. */
export interface CurvePoint extends Losses {
  readonly step: number
  readonly seconds: number
  /** Number of batches averaged. */
  readonly n: number
}

/** Maximum points: a wide terminal has no more columns of dots. */
const maxPoints = 1024

/**
 * Gains a point per batch; above `maxPoints`, neighbours merge into their mean and each point covers twice the steps.
 */
export class LossCurve {
  readonly #points: CurvePoint[] = []
  #stride = 1

  /** Points in step order. */
  get points(): readonly CurvePoint[] {
    return this.#points
  }

  /** Adds a batch, later than all before. */
  add({ step, seconds, train }: Pick<StepEvent, 'step' | 'seconds' | 'train'>): void {
    this.#append({ ...train, step, seconds, n: 1 })
    if (this.#points.length <= maxPoints) return
    this.#stride *= 2
    for (const point of this.#points.splice(0)) this.#append(point)
  }

  #append(point: CurvePoint): void {
    const last = this.#points.at(-1)
    if (last !== undefined && Math.floor(last.step / this.#stride) === Math.floor(point.step / this.#stride))
      this.#points[this.#points.length - 1] = merged(last, point)
    else this.#points.push(point)
  }
}

/** Merges two points: means weighted by `n`, at the later step. */
function merged(a: CurvePoint, b: CurvePoint): CurvePoint {
  const n = a.n + b.n
  const mean = (name: keyof Losses) => (a[name] * a.n + b[name] * b.n) / n
  return {
    step: b.step,
    seconds: b.seconds,
    n,
    loss: mean('loss'),
    elbo: mean('elbo'),
    reconstruction: mean('reconstruction'),
    kl: mean('kl'),
    klShare: mean('klShare'),
    beta: mean('beta'),
  }
}
