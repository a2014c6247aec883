/** What is to be seen from where an explorer stands; made anew only where that has changed. */
import type { ClassGrid } from '../../charts/text/backdrop.js'
import { type Domain, type Plane, planeOf } from '../../charts/text/plane.js'
import type { Size } from '../../charts/text/surface.js'
import { type Codes, restOf, spreadOf } from '../../latent/codes.js'
import { Density, type Where } from '../../latent/density.js'
import { type ClassShare, classesOver, classShares, nearest } from '../../latent/neighbours.js'
import { type Border, borders, classesOn } from '../../latent/path.js'
import { principal } from '../../latent/principal.js'
import type { Distribution } from '../../latent/prior.js'
import {
  alongDimensions,
  type Place,
  type Projection,
  projected,
  type Section,
  sectionThrough,
  zAt,
} from '../../latent/projection.js'
import type { Axes } from './axes.js'
import { Derived } from './derived.js'
import { domainIn, homeOf, type Window } from './window.js'

/** Where somebody stands. */
export interface Standpoint {
  readonly codes: Codes
  /** p(z) in each dimension; an autoencoder has none. */
  readonly prior: Distribution | undefined
  readonly axes: Axes
  /** The example whose code the section passes through. */
  readonly chosen: number | undefined
  readonly cursor: Place
  /** Undefined shows all that is worth seeing. */
  readonly window: Window | undefined
  /** The size of the map in cells. */
  readonly map: Size
}

/** What the cursor is at. */
export interface Here {
  readonly z: readonly number[]
  /** ln p(z), where there is a prior. */
  readonly prior: number | undefined
  /** How dense q is here: see {@link Density.percentile}. */
  readonly percentile: number
  readonly where: Where
  /** The nearest examples, the nearest first. */
  readonly nearest: readonly number[]
  /** Their classes, the most frequent first; empty where there are no labels. */
  readonly classes: readonly ClassShare[]
}

export class Outlook {
  readonly #at: Standpoint
  readonly #section = new Derived<Section>()
  readonly #principal = new Derived<ReturnType<typeof principal>>()
  readonly #projection = new Derived<Projection>()
  readonly #density = new Derived<Density>()
  readonly #home = new Derived<Domain>()
  readonly #plane = new Derived<Plane>()
  readonly #here = new Derived<Here>()
  readonly #classes = new Derived<ClassGrid>()
  readonly #classesOn = new Derived<(t: number) => number>()
  readonly #borders = new Derived<readonly Border[]>()
  readonly #posterior = new Derived<readonly Distribution[]>()

  constructor(at: Standpoint) {
    this.#at = at
  }

  get section(): Section {
    const { codes, prior, axes, chosen } = this.#at
    return this.#section.of([codes, axes, chosen], () => {
      const { data, shape } = codes.means
      const [n, d] = shape
      const through =
        chosen !== undefined && chosen < n ? data.subarray(chosen * d, (chosen + 1) * d) : restOf(codes, prior)
      if (axes !== 'principal') return d < 2 ? alongDimensions(through, 0) : alongDimensions(through, ...axes)
      return sectionThrough(through, ...this.principal.directions, ['PC₁', 'PC₂'])
    })
  }

  get principal(): ReturnType<typeof principal> {
    const { means } = this.#at.codes
    return this.#principal.of([means], () => principal(means))
  }

  /** The codes as the section sees them. */
  get projection(): Projection {
    const { section } = this
    return this.#projection.of([section], () => projected(section, this.#at.codes.means))
  }

  get density(): Density {
    const { codes, prior } = this.#at
    return this.#density.of([codes], () => new Density(codes, prior))
  }

  /** All that is worth seeing of the section. */
  get home(): Domain {
    const { section, projection } = this
    return this.#home.of([section], () => homeOf(projection, section, this.#at.prior))
  }

  /** The section as it lies on the cells of the map. */
  get plane(): Plane {
    const { home } = this
    const { window, map } = this.#at
    const make = () => planeOf(window === undefined ? home : domainIn(home, window), map)
    return this.#plane.of([home, window, map.columns, map.rows], make)
  }

  get here(): Here {
    const { section, projection, density } = this
    const { codes, cursor } = this.#at
    return this.#here.of([section, density, cursor], () => {
      const z = zAt(section, cursor)
      const percentile = density.percentile(z)
      const around = nearest(projection, cursor)
      return {
        z,
        prior: density.prior(z),
        percentile,
        where: density.where(z, percentile),
        nearest: around,
        classes: classShares(codes.labels ?? [], around),
      }
    })
  }

  /** The nearest class in every cell of the map; undefined where there are no labels. */
  get classes(): ClassGrid | undefined {
    const { projection, plane } = this
    const { labels } = this.#at.codes
    return labels && this.#classes.of([projection, plane], () => classesOver(projection, labels, plane))
  }

  /** The class after the share t of the way from one z to another. */
  classesOn(from: readonly number[], to: readonly number[]): (t: number) => number {
    const { codes } = this.#at
    return this.#classesOn.of([codes, from, to], () => classesOn(codes, from, to))
  }

  /** Where classes change on the way from one z to another; nowhere without labels. */
  bordersOn(from: readonly number[], to: readonly number[]): readonly Border[] {
    const classAt = this.classesOn(from, to)
    return this.#borders.of([classAt], () => borders(classAt))
  }

  /** q(z|x) of the chosen example in each dimension; undefined where none is chosen, or its spread is not known. */
  get posterior(): readonly Distribution[] | undefined {
    const { codes, chosen } = this.#at
    if (chosen === undefined || codes.encoding === undefined || chosen >= codes.means.shape[0]) return undefined
    return this.#posterior.of([codes, chosen], () => spreadOf(codes)(chosen))
  }
}
