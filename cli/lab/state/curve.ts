/** The losses of a run's batches over the whole run, in a bounded number of points. */
import type { Losses, StepEvent } from '../../../index.js'

/** Losses at a moment: of one batch, or the means of several. */
export interface CurvePoint extends Losses {
  readonly step: number
  readonly seconds: number
  /** How many batches it is the mean of. */
  readonly n: number
}

/** More points than a wide terminal has columns of dots are of no use. */
const mostPoints = 1024

/**
 * Grows by a point for every batch that is told of until there are as many as can be shown; then neighbours become their
 * mean, and a point stands for twice as many steps.
 */
export class Curve {
  readonly #points: CurvePoint[] = []
  #stride = 1

  /** From the first step to the last. */
  get points(): readonly CurvePoint[] {
    return this.#points
  }

  /** One more batch, later than those before. */
  add({ step, seconds, train }: Pick<StepEvent, 'step' | 'seconds' | 'train'>): void {
    this.#append({ ...train, step, seconds, n: 1 })
    if (this.#points.length <= mostPoints) return
    this.#stride *= 2
    for (const point of this.#points.splice(0)) this.#append(point)
  }

  #append(point: CurvePoint): void {
    const last = this.#points.at(-1)
    if (last !== undefined && Math.floor(last.step / this.#stride) === Math.floor(point.step / this.#stride))
      this.#points[this.#points.length - 1] = joined(last, point)
    else this.#points.push(point)
  }
}

/** Two points as one: means by how many batches each stands for, and the moment of the later. */
function joined(a: CurvePoint, b: CurvePoint): CurvePoint {
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
