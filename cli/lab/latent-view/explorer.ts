/** A walk through the latent space of the selected run. */
import type { Size } from '../../charts/text/surface.js'
import { type Codes, codesOfProbe, nextExample, noCodes, orderOf, restOf } from '../../latent/codes.js'
import type { Distribution } from '../../latent/prior.js'
import { type Place, placeOf } from '../../latent/projection.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { type Axes, firstOf, turned } from './axes.js'
import { Decodings } from './decodings.js'
import { Derived } from './derived.js'
import { Loader } from './loader.js'
import { Outlook, type Standpoint } from './outlook.js'
import type { Subject } from './subject.js'
import { following, type Window, whole, zoomed } from './window.js'

const explorers = new WeakMap<Lab, Explorer>()

/** The explorer of a lab, made when it is first opened. */
export function explorerOf(lab: Lab): Explorer {
  const explorer = explorers.get(lab) ?? new Explorer(lab)
  explorers.set(lab, explorer)
  return explorer
}

/** Frees the model that the explorer of a lab holds, if it was opened. */
export function closeExplorer(lab: Lab): void {
  explorers.get(lab)?.close()
}

/** What can be laid over the map or under it: borders of classes, decoded pictures, a path. */
export type Layer = 'borders' | 'manifold' | 'path'

export class Explorer implements Standpoint {
  readonly lab: Lab
  readonly outlook: Outlook
  readonly decodings: Decodings
  readonly layers = new Set<Layer>()
  /** What was drawn last of what takes long to draw: the same again where nothing has changed. */
  readonly drawn = {
    cloud: new Derived<string[]>(),
    manifold: new Derived<string[]>(),
    path: new Derived<string[]>(),
    image: new Derived<string[]>(),
    neighbour: new Derived<string[]>(),
  }
  cursor: Place = [0, 0]
  /** One end of the path; where it is not set, the path begins at the cursor. */
  a: readonly number[] | undefined
  /** The other end. */
  b: readonly number[] | undefined
  /** The example whose posterior is shown and whose code the section passes through. */
  chosen: number | undefined
  axes: Axes = [0, 1]
  /** Undefined shows all that is worth seeing. */
  window: Window | undefined
  /** The size of the map in cells. */
  map: Size = { columns: 0, rows: 0 }
  readonly #loader: Loader
  readonly #codes = new Derived<Codes>()
  #run: LabRun | undefined
  #seen = false
  #tile: Size = { columns: 1, rows: 1 }

  constructor(lab: Lab) {
    const answered = () => lab.answered()
    this.lab = lab
    this.#loader = new Loader(answered)
    this.decodings = new Decodings(answered)
    this.outlook = new Outlook(this)
  }

  /** The model that is looked at, as soon as there is one. */
  get subject(): Subject | undefined {
    return this.#loader.subject
  }

  /** Why there is none, in one sentence. */
  get refusal(): string | undefined {
    return this.#run === undefined ? 'no run is selected' : this.#loader.refusal
  }

  /** p(z) in each dimension; an autoencoder has none. */
  get prior(): Distribution | undefined {
    return this.subject?.prior
  }

  /** d; 0 without a model. */
  get latentDim(): number {
    return this.subject?.vae.config.latentDim ?? 0
  }

  /** Where the examples lie: for this model, or in the epoch that is looked back to. */
  get codes(): Codes {
    const { subject, lab } = this
    const own = subject?.codes
    const probe = this.#run && (own === undefined || lab.scrubbed !== undefined) ? lab.probeOf(this.#run) : undefined
    return this.#codes.of([own, probe, subject], () => {
      if (probe !== undefined && probe.latents.shape[1] === this.latentDim) return codesOfProbe(probe)
      return own ?? noCodes(this.latentDim, subject?.vae.trained.epoch ?? 0)
    })
  }

  /** Whether the map is covered with pictures; of vectors there are none. */
  get covered(): boolean {
    return this.layers.has('manifold') && (this.subject?.vae.shape.length ?? 0) > 1
  }

  /** The ends of the path; undefined where neither is set. */
  get path(): readonly [from: readonly number[], to: readonly number[]] | undefined {
    const { a, b, outlook } = this
    return a === undefined && b === undefined ? undefined : [a ?? outlook.here.z, b ?? outlook.here.z]
  }

  /** By so many cells of the map to the right and as far upwards. */
  move(across: number, up: number): void {
    if (this.subject === undefined) return
    const step = 2 / this.outlook.plane.scale
    this.cursor = [this.cursor[0] + across * step, this.cursor[1] + (this.latentDim > 1 ? up * step : 0)]
    this.#keepInSight()
    this.lab.changed()
  }

  /** Nearer (above 1) or farther, about the cursor. */
  zoom(factor: number): void {
    if (this.subject === undefined) return
    this.window = zoomed(this.window ?? whole(this.outlook.home), factor, this.cursor)
    this.lab.changed()
  }

  /** Back to where one began: everything in sight, no example chosen. */
  reset(): void {
    if (this.subject === undefined) return
    this.window = undefined
    this.chosen = undefined
    this.cursor = placeOf(this.outlook.section, restOf(this.codes, this.subject.prior))
    this.lab.changed()
  }

  /** Sets an end of the path to where the cursor is. */
  mark(end: 'a' | 'b'): void {
    if (this.subject === undefined) return
    this[end] = this.outlook.here.z
    this.lab.changed()
  }

  /** Shows a layer, or no longer. */
  toggle(layer: Layer): void {
    if (!this.layers.delete(layer)) this.layers.add(layer)
    this.lab.changed()
  }

  /** Goes to the next example, of this class where one is said, and shows its posterior. */
  next(label?: number): void {
    const next = nextExample(this.codes, this.chosen ?? -1, label)
    if (next === undefined) return
    this.chosen = next
    const { data, shape } = this.codes.means
    this.#goTo(data.subarray(next * shape[1], (next + 1) * shape[1]))
  }

  /** Has another dimension across (`x`) or upwards (`y`): so many places further down among those that carry most. */
  turn(axis: 'x' | 'y', places: number): void {
    if (this.subject === undefined || this.latentDim < 3) return
    this.#span(turned(this.axes, this.#order, axis, places))
  }

  /** Between two dimensions and the two directions in which the codes vary most. */
  togglePrincipal(): void {
    if (this.subject === undefined || this.latentDim < 2 || this.codes.means.shape[0] < 2) return
    this.#span(this.axes === 'principal' ? firstOf(this.#order) : 'principal')
  }

  /** Says that a run is looked at, on a map of so many cells, and how many a picture takes that the map is covered with. */
  look(run: LabRun | undefined, map: Size, tile: Size): void {
    this.map = map
    this.#tile = tile
    if (run !== this.#run) this.#leave(run)
    if (run === undefined) return
    this.#loader.follow(run)
    if (!this.#seen && this.subject !== undefined) this.#arrive()
    this.#want()
  }

  /** Gives the model's memory back. */
  close(): void {
    this.#loader.close()
  }

  /** Spans the section anew; z stays as far as the new one can hold it. */
  #span(axes: Axes): void {
    const { z } = this.outlook.here
    this.axes = axes
    this.window = undefined
    this.#goTo(z)
  }

  #goTo(z: ArrayLike<number>): void {
    this.cursor = placeOf(this.outlook.section, z)
    this.#keepInSight()
    this.lab.changed()
  }

  #keepInSight(): void {
    const { plane, home } = this.outlook
    const window = this.window ?? whole(home)
    const moved = following(window, plane, this.cursor)
    if (moved !== window) this.window = moved
  }

  #leave(next: LabRun | undefined): void {
    this.#run = next
    this.#seen = false
    this.a = this.b = this.chosen = this.window = undefined
    this.decodings.clear()
  }

  /** Begins in the middle of the first model of a run. */
  #arrive(): void {
    this.#seen = true
    this.axes = firstOf(this.#order)
    this.cursor = placeOf(this.outlook.section, restOf(this.codes, this.prior))
  }

  /** Asks for what is shown. */
  #want(): void {
    const { subject, outlook, decodings, layers, path } = this
    if (subject === undefined) return
    decodings.wantImage(subject.vae, outlook.here.z)
    if (layers.has('path') && path !== undefined) decodings.wantPath(subject.vae, ...path)
    if (this.covered) decodings.wantManifold(subject.vae, outlook.section, outlook.plane, this.#tile)
  }

  /** Latent dimensions, those that carry most first. */
  get #order(): readonly number[] {
    return orderOf(this.codes, this.#run?.history.epochs.at(-1)?.validation?.klPerDimension)
  }
}
