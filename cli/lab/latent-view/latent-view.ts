/** Quantities that the explorer draws, memoised by its inputs. */
import type { ClassGrid } from '../../charts/text/backdrop.js'
import { type Domain, type Plane, planeOf } from '../../charts/text/plane.js'
import type { Size } from '../../charts/text/surface.js'
import { type Codes, componentsOf, defaultZ } from '../../latent/codes.js'
import { Density, type DensityClass } from '../../latent/density.js'
import type { Distribution } from '../../latent/distribution.js'
import { type ClassShare, classGrid, classShares, nearest } from '../../latent/neighbours.js'
import { type Border, borders, classesOn } from '../../latent/path.js'
import { principal } from '../../latent/principal.js'
import {
  alongDimensions,
  type Point2,
  type Projection,
  project,
  type Slice,
  sliceThrough,
  zAt,
} from '../../latent/slice.js'
import { Memo } from '../state/memo.js'
import type { SliceAxes } from './axes.js'
import { domainIn, homeOf, type MapWindow } from './window.js'

/** Inputs of the latent view. */
export interface ViewInputs {
  readonly codes: Codes
  /** p(z) in each dimension; undefined for an autoencoder. */
  readonly prior: Distribution | undefined
  readonly axes: SliceAxes
  /** Example whose code the slice passes through. */
  readonly chosen: number | undefined
  readonly cursor: Point2
  /** Visible part of the slice; undefined shows the home domain. */
  readonly window: MapWindow | undefined
  /** Size of the map in cells. */
  readonly map: Size
}

/** Facts about the point at the cursor. */
export interface CursorInfo {
  readonly z: readonly number[]
  /** ln p(z); undefined without a prior. */
  readonly logPrior: number | undefined
  /** Density of q here, as a percentile: see {@link Density.percentile}. */
  readonly percentile: number
  readonly densityClass: DensityClass
  /** Nearest examples, nearest first. */
  readonly nearest: readonly number[]
  /** Classes of `nearest`, the most frequent first; empty without labels. */
  readonly classes: readonly ClassShare[]
}

export class LatentView {
  readonly #inputs: ViewInputs
  readonly #slice = new Memo<Slice>()
  readonly #principal = new Memo<ReturnType<typeof principal>>()
  readonly #projection = new Memo<Projection>()
  readonly #density = new Memo<Density>()
  readonly #home = new Memo<Domain>()
  readonly #plane = new Memo<Plane>()
  readonly #atCursor = new Memo<CursorInfo>()
  readonly #classes = new Memo<ClassGrid>()
  readonly #classesOn = new Memo<(t: number) => number>()
  readonly #borders = new Memo<readonly Border[]>()
  readonly #posterior = new Memo<readonly Distribution[]>()

  constructor(inputs: ViewInputs) {
    this.#inputs = inputs
  }

  get slice(): Slice {
    const { codes, prior, axes, chosen } = this.#inputs
    return this.#slice.get([codes, axes, chosen], () => {
      const { data, shape } = codes.means
      const [n, d] = shape
      const through =
        chosen !== undefined && chosen < n ? data.subarray(chosen * d, (chosen + 1) * d) : defaultZ(codes, prior)
      if (axes !== 'principal') return d < 2 ? alongDimensions(through, 0) : alongDimensions(through, ...axes)
      return sliceThrough(through, ...this.principal.directions, ['PC₁', 'PC₂'])
    })
  }

  get principal(): ReturnType<typeof principal> {
    const { means } = this.#inputs.codes
    return this.#principal.get([means], () => principal(means))
  }

  /** Codes projected onto the slice. */
  get projection(): Projection {
    const { slice } = this
    return this.#projection.get([slice], () => project(slice, this.#inputs.codes.means))
  }

  get density(): Density {
    const { codes, prior } = this.#inputs
    return this.#density.get([codes], () => new Density(codes, prior))
  }

  /** Home domain of the slice: the codes, and the prior if there is one. */
  get home(): Domain {
    const { slice, projection } = this
    return this.#home.get([slice], () => homeOf(projection, slice, this.#inputs.prior))
  }

  /** Mapping of the slice to the cells of the map. */
  get plane(): Plane {
    const { home } = this
    const { window, map } = this.#inputs
    const make = () => planeOf(window === undefined ? home : domainIn(home, window), map)
    return this.#plane.get([home, window, map.columns, map.rows], make)
  }

  get atCursor(): CursorInfo {
    const { slice, projection, density } = this
    const { codes, cursor } = this.#inputs
    return this.#atCursor.get([slice, density, cursor], () => {
      const z = zAt(slice, cursor)
      const percentile = density.percentile(z)
      const around = nearest(projection, cursor)
      return {
        z,
        logPrior: density.logPrior(z),
        percentile,
        densityClass: density.classify(z, percentile),
        nearest: around,
        classes: classShares(codes.labels ?? [], around),
      }
    })
  }

  /** Class of every cell of the map; undefined without labels. */
  get classes(): ClassGrid | undefined {
    const { projection, plane } = this
    const { labels } = this.#inputs.codes
    return labels && this.#classes.get([projection, plane], () => classGrid(projection, labels, plane))
  }

  /** Returns the class at fraction t of the path from one z to another. */
  classesOn(from: readonly number[], to: readonly number[]): (t: number) => number {
    const { codes } = this.#inputs
    return this.#classesOn.get([codes, from, to], () => classesOn(codes, from, to))
  }

  /** Returns the class borders on the path from one z to another; none without labels. */
  bordersOn(from: readonly number[], to: readonly number[]): readonly Border[] {
    const classAt = this.classesOn(from, to)
    return this.#borders.get([classAt], () => borders(classAt))
  }

  /** q(z|x) of the chosen example in each dimension; undefined if none is chosen or only means are known. */
  get posterior(): readonly Distribution[] | undefined {
    const { codes, chosen } = this.#inputs
    if (chosen === undefined || codes.encoding === undefined || chosen >= codes.means.shape[0]) return undefined
    return this.#posterior.get([codes, chosen], () => componentsOf(codes)(chosen))
  }
}
