/** Explorer of the selected run's latent space: cursor, path, axes and layers. */
import type { Size } from '../../charts/text/surface.js'
import { type Codes, codesOfProbe, defaultZ, dimensionOrder, nextExample, noCodes } from '../../latent/codes.js'
import type { Distribution } from '../../latent/distribution.js'
import { type Point2, pointOf } from '../../latent/slice.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { Memo } from '../state/memo.js'
import { firstTwo, type SliceAxes, stepAxis } from './axes.js'
import { DecodeCaches } from './decode-caches.js'
import { LatentView, type ViewInputs } from './latent-view.js'
import type { LoadedModel } from './loaded-model.js'
import { Loader } from './loader.js'
import { fullWindow, type MapWindow, windowShowing, zoomed } from './window.js'

const explorers = new WeakMap<Lab, Explorer>()

/** Returns the explorer of a lab, created on first use. */
export function explorerOf(lab: Lab): Explorer {
  const explorer = explorers.get(lab) ?? new Explorer(lab)
  explorers.set(lab, explorer)
  return explorer
}

/** Frees the model of a lab's explorer, if there is one. */
export function closeExplorer(lab: Lab): void {
  explorers.get(lab)?.close()
}

/** Layer over or under the map: borders of classes, decoded pictures, a path. */
export type MapLayer = 'borders' | 'manifold' | 'path'

export class Explorer implements ViewInputs {
  readonly lab: Lab
  readonly view: LatentView
  readonly caches: DecodeCaches
  readonly layers = new Set<MapLayer>()
  /** Memoised rows of the expensive layers. */
  readonly memo = {
    cloud: new Memo<string[]>(),
    manifold: new Memo<string[]>(),
    path: new Memo<string[]>(),
    image: new Memo<string[]>(),
    neighbour: new Memo<string[]>(),
  }
  cursor: Point2 = [0, 0]
  /** Start of the path; the cursor if unset. */
  a: readonly number[] | undefined
  /** End of the path; the cursor if unset. */
  b: readonly number[] | undefined
  /** Example whose posterior is shown and whose code the slice passes through. */
  chosen: number | undefined
  axes: SliceAxes = [0, 1]
  /** Visible part of the slice; undefined shows the home domain. */
  window: MapWindow | undefined
  /** Size of the map in cells. */
  map: Size = { columns: 0, rows: 0 }
  readonly #loader: Loader
  readonly #codes = new Memo<Codes>()
  #run: LabRun | undefined
  #started = false
  #tile: Size = { columns: 1, rows: 1 }

  constructor(lab: Lab) {
    const redraw = () => lab.redraw()
    this.lab = lab
    this.#loader = new Loader(redraw)
    this.caches = new DecodeCaches(redraw)
    this.view = new LatentView(this)
  }

  /** Loaded model, if any. */
  get model(): LoadedModel | undefined {
    return this.#loader.model
  }

  /** Reason for no model, one sentence. */
  get reason(): string | undefined {
    return this.#run === undefined ? 'no run is selected' : this.#loader.reason
  }

  /** p(z) in each dimension; undefined for an autoencoder. */
  get prior(): Distribution | undefined {
    return this.model?.prior
  }

  /** d; 0 without a model. */
  get latentDim(): number {
    return this.model?.vae.config.latentDim ?? 0
  }

  /** Codes of the examples: of this model, or of the scrubbed epoch. */
  get codes(): Codes {
    const { model, lab } = this
    const own = model?.codes
    const probe = this.#run && (own === undefined || lab.scrubbed !== undefined) ? lab.probeOf(this.#run) : undefined
    return this.#codes.get([own, probe, model], () => {
      if (probe !== undefined && probe.latents.shape[1] === this.latentDim) return codesOfProbe(probe)
      return own ?? noCodes(this.latentDim, model?.vae.trained.epoch ?? 0)
    })
  }

  /** True if pictures cover the map; never for vectors. */
  get showsManifold(): boolean {
    return this.layers.has('manifold') && (this.model?.vae.shape.length ?? 0) > 1
  }

  /** Ends of the path; undefined if neither is set. */
  get path(): readonly [from: readonly number[], to: readonly number[]] | undefined {
    const { a, b, view } = this
    return a === undefined && b === undefined ? undefined : [a ?? view.atCursor.z, b ?? view.atCursor.z]
  }

  /** Moves the cursor by `across` cells of the map to the right, and by `up` times the same length upwards. */
  move(across: number, up: number): void {
    if (this.model === undefined) return
    const step = 2 / this.view.plane.scale
    this.cursor = [this.cursor[0] + across * step, this.cursor[1] + (this.latentDim > 1 ? up * step : 0)]
    this.#keepCursorVisible()
    this.lab.changed()
  }

  /** Zooms in (above 1) or out, about the cursor. */
  zoom(factor: number): void {
    if (this.model === undefined) return
    this.window = zoomed(this.window ?? fullWindow(this.view.home), factor, this.cursor)
    this.lab.changed()
  }

  /** Resets the cursor, the window and the chosen example. */
  reset(): void {
    if (this.model === undefined) return
    this.window = undefined
    this.chosen = undefined
    this.cursor = pointOf(this.view.slice, defaultZ(this.codes, this.model.prior))
    this.lab.changed()
  }

  /** Sets an end of the path to the cursor. */
  mark(end: 'a' | 'b'): void {
    if (this.model === undefined) return
    this[end] = this.view.atCursor.z
    this.lab.changed()
  }

  /** Shows or hides a layer. */
  toggle(layer: MapLayer): void {
    if (!this.layers.delete(layer)) this.layers.add(layer)
    this.lab.changed()
  }

  /** Moves to the next example, of class `label` if given, and shows its posterior. */
  selectNext(label?: number): void {
    const index = nextExample(this.codes, this.chosen ?? -1, label)
    if (index === undefined) return
    this.chosen = index
    const { data, shape } = this.codes.means
    this.#goTo(data.subarray(index * shape[1], (index + 1) * shape[1]))
  }

  /** Replaces the dimension across (`x`) or upwards (`y`) by the one `places` further down in the order. */
  changeDimension(axis: 'x' | 'y', places: number): void {
    if (this.model === undefined || this.latentDim < 3) return
    this.#changeAxes(stepAxis(this.axes, this.#order, axis, places))
  }

  /** Switches between two dimensions and the two principal directions. */
  togglePrincipal(): void {
    if (this.model === undefined || this.latentDim < 2 || this.codes.means.shape[0] < 2) return
    this.#changeAxes(this.axes === 'principal' ? firstTwo(this.#order) : 'principal')
  }

  /** Sets the run to show, and the sizes of the map and of its picture tiles in cells. */
  show(run: LabRun | undefined, map: Size, tile: Size): void {
    this.map = map
    this.#tile = tile
    if (run !== this.#run) this.#changeRun(run)
    if (run === undefined) return
    this.#loader.check(run)
    if (!this.#started && this.model !== undefined) this.#start()
    this.#request()
  }

  /** Frees the model. */
  close(): void {
    this.#loader.close()
  }

  /** Changes the axes of the slice; z stays as far as the new slice contains it. */
  #changeAxes(axes: SliceAxes): void {
    const { z } = this.view.atCursor
    this.axes = axes
    this.window = undefined
    this.#goTo(z)
  }

  #goTo(z: ArrayLike<number>): void {
    this.cursor = pointOf(this.view.slice, z)
    this.#keepCursorVisible()
    this.lab.changed()
  }

  #keepCursorVisible(): void {
    const { plane, home } = this.view
    const window = this.window ?? fullWindow(home)
    const moved = windowShowing(window, plane, this.cursor)
    if (moved !== window) this.window = moved
  }

  #changeRun(next: LabRun | undefined): void {
    this.#run = next
    this.#started = false
    this.a = this.b = this.chosen = this.window = undefined
    this.caches.clear()
  }

  /** Sets axes and cursor for the first model of a run. */
  #start(): void {
    this.#started = true
    this.axes = firstTwo(this.#order)
    this.cursor = pointOf(this.view.slice, defaultZ(this.codes, this.prior))
  }

  /** Requests what is shown. */
  #request(): void {
    const { model, view, caches, layers, path } = this
    if (model === undefined) return
    caches.requestImage(model.vae, view.atCursor.z)
    if (layers.has('path') && path !== undefined) caches.requestPath(model.vae, ...path)
    if (this.showsManifold) caches.requestManifold(model.vae, view.slice, view.plane, this.#tile)
  }

  /** Latent dimensions by information, descending. */
  get #order(): readonly number[] {
    return dimensionOrder(this.codes, this.#run?.history.epochs.at(-1)?.validation?.klPerDimension)
  }
}
