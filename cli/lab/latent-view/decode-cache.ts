/** Background decoding of p(x|z) at given points. Letters: n points, d latent dimensions. */
import type { Tensor, Vae } from '../../../index.js'
import { LatestOnly } from './latest-only.js'

/** Decoded points. */
export interface Decoding {
  readonly points: readonly (readonly number[])[]
  /** Mean of p(x|z) at each point, (n, ...shape). */
  readonly means: Tensor
  /** Time from request to result, including earlier work on the same threads. */
  readonly milliseconds: number
}

/** Newest decoding. The previous one stays while a request runs; of the requests made meanwhile only the last runs. */
export class DecodeCache {
  readonly #work = new LatestOnly()
  readonly #changed: () => void
  #requested: readonly [Vae, Decoding['points']] | undefined
  #decoding: Decoding | undefined

  /** @param changed Called after each new decoding. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** Last decoding. */
  get decoding(): Decoding | undefined {
    return this.#decoding
  }

  /** Decodes these points, unless they were requested last; compares the identity of the array. */
  request(vae: Vae, points: Decoding['points']): void {
    if (this.#requested?.[0] === vae && this.#requested[1] === points) return
    this.#requested = [vae, points]
    this.#work.submit(async () => {
      const start = performance.now()
      // A model freed for a newer one rejects; the next request goes to the newer one.
      const means = await vae.decode(points).catch(() => undefined)
      if (means === undefined || this.#requested?.[0] !== vae) return
      this.#decoding = { points, means, milliseconds: performance.now() - start }
      this.#changed()
    })
  }

  /** Clears the decoding, for another run. */
  clear(): void {
    this.#requested = undefined
    this.#decoding = undefined
  }
}
