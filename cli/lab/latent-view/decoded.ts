/** p(x|z) at some points, decoded in the background. Letters: n points, d latent dimensions. */
import type { Tensor, Vae } from '../../../index.js'
import { Newest } from './newest.js'

/** What the decoder made of points. */
export interface Decoding {
  readonly points: readonly (readonly number[])[]
  /** The mean of p(x|z) at each, (n, ...shape). */
  readonly means: Tensor
  /** From the question to the answer; with work of others before it on the same threads. */
  readonly milliseconds: number
}

/** The newest decoding. While one is under way the one before stays; of all that are asked for meanwhile only the last is done. */
export class Decoded {
  readonly #work = new Newest()
  readonly #changed: () => void
  #asked: readonly [Vae, Decoding['points']] | undefined
  #decoding: Decoding | undefined

  /** `changed` is called when there is another decoding. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** What was decoded last. */
  get decoding(): Decoding | undefined {
    return this.#decoding
  }

  /** Has these points decoded, unless they were asked for last; they are known by the array that they come in. */
  want(vae: Vae, points: Decoding['points']): void {
    if (this.#asked?.[0] === vae && this.#asked[1] === points) return
    this.#asked = [vae, points]
    this.#work.ask(async () => {
      const start = performance.now()
      // A model that was let go for a newer one does not answer; that one is asked next.
      const means = await vae.decode(points).catch(() => undefined)
      if (means === undefined || this.#asked?.[0] !== vae) return
      this.#decoding = { points, means, milliseconds: performance.now() - start }
      this.#changed()
    })
  }

  /** Forgets what there is: another model is looked at. */
  clear(): void {
    this.#asked = undefined
    this.#decoding = undefined
  }
}
