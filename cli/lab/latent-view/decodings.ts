/** What the decoder makes of the cursor, of a path and of the whole map; each is asked for only while it is shown. */
import type { Vae } from '../../../index.js'
import type { Plane } from '../../charts/text/plane.js'
import type { Size } from '../../charts/text/surface.js'
import { onTheWay } from '../../latent/path.js'
import { type Section, zAt } from '../../latent/projection.js'
import { Decoded } from './decoded.js'
import { Derived } from './derived.js'

type Points = readonly (readonly number[])[]

/** Steps of a path that are decoded: as many pictures as there is room for are chosen of them. */
const pathSteps = 48

export class Decodings {
  readonly image: Decoded
  readonly path: Decoded
  readonly manifold: Decoded
  readonly #image = new Derived<Points>()
  readonly #path = new Derived<Points>()
  readonly #manifold = new Derived<Points>()

  /** `changed` is called when there is another decoding. */
  constructor(changed: () => void) {
    this.image = new Decoded(changed)
    this.path = new Decoded(changed)
    this.manifold = new Decoded(changed)
  }

  /** One z. */
  wantImage(vae: Vae, z: readonly number[]): void {
    const points = this.#image.of([z], () => [z])
    this.image.want(vae, points)
  }

  /** Points at equal distances from one z to another, both included. */
  wantPath(vae: Vae, from: readonly number[], to: readonly number[]): void {
    const points = this.#path.of([from, to], () =>
      Array.from({ length: pathSteps + 1 }, (_, step) => onTheWay(from, to, step / pathSteps)),
    )
    this.path.want(vae, points)
  }

  /** The middles of the tiles of so many cells that a map is covered with, row by row. */
  wantManifold(vae: Vae, section: Section, plane: Plane, tile: Size): void {
    const points = this.#manifold.of([section, plane, tile.columns, tile.rows], () => {
      const [across, down] = [Math.floor(plane.size.columns / tile.columns), Math.floor(plane.size.rows / tile.rows)]
      return Array.from({ length: across * down }, (_, i) => {
        const column = (i % across) * tile.columns + (tile.columns - 1) / 2
        const row = Math.floor(i / across) * tile.rows + (tile.rows - 1) / 2
        return zAt(section, plane.at(column, row))
      })
    })
    if (points.length > 0) this.manifold.want(vae, points)
  }

  /** Forgets everything: another run is looked at. */
  clear(): void {
    this.image.clear()
    this.path.clear()
    this.manifold.clear()
  }
}
