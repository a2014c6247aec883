/** Decodings of the cursor, of a path and of the whole map, each requested only while shown. */
import type { Vae } from '../../../index.js'
import type { Plane } from '../../charts/text/plane.js'
import type { Size } from '../../charts/text/surface.js'
import { interpolate } from '../../latent/path.js'
import { type Slice, zAt } from '../../latent/slice.js'
import { Memo } from '../state/memo.js'
import { DecodeCache } from './decode-cache.js'

type LatentPoints = readonly (readonly number[])[]

/** Decoded steps of a path; the strip shows those that fit. */
const pathSteps = 48

export class DecodeCaches {
  readonly image: DecodeCache
  readonly path: DecodeCache
  readonly manifold: DecodeCache
  readonly #image = new Memo<LatentPoints>()
  readonly #path = new Memo<LatentPoints>()
  readonly #manifold = new Memo<LatentPoints>()

  /** @param changed Called after each new decoding. */
  constructor(changed: () => void) {
    this.image = new DecodeCache(changed)
    this.path = new DecodeCache(changed)
    this.manifold = new DecodeCache(changed)
  }

  /** Requests one z. */
  requestImage(vae: Vae, z: readonly number[]): void {
    const points = this.#image.get([z], () => [z])
    this.image.request(vae, points)
  }

  /** Requests equidistant points from one z to another, both included. */
  requestPath(vae: Vae, from: readonly number[], to: readonly number[]): void {
    const points = this.#path.get([from, to], () =>
      Array.from({ length: pathSteps + 1 }, (_, step) => interpolate(from, to, step / pathSteps)),
    )
    this.path.request(vae, points)
  }

  /** Requests the centres of the tiles that cover a map, row by row; `tile` is their size in cells. */
  requestManifold(vae: Vae, slice: Slice, plane: Plane, tile: Size): void {
    const points = this.#manifold.get([slice, plane, tile.columns, tile.rows], () => {
      const [across, down] = [Math.floor(plane.size.columns / tile.columns), Math.floor(plane.size.rows / tile.rows)]
      return Array.from({ length: across * down }, (_, i) => {
        const column = (i % across) * tile.columns + (tile.columns - 1) / 2
        const row = Math.floor(i / across) * tile.rows + (tile.rows - 1) / 2
        return zAt(slice, plane.at(column, row))
      })
    })
    if (points.length > 0) this.manifold.request(vae, points)
  }

  /** Clears all decodings, for another run. */
  clear(): void {
    this.image.clear()
    this.path.clear()
    this.manifold.clear()
  }
}
