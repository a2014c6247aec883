/** Codes in a plane of two latent dimensions: coloured by class, over the prior, with what is looked at in it. */

import type { Style } from '../../base/style.js'
import { type Ink, width } from '../../base/text.js'
import { type ClassGrid, drawCircle, drawClasses } from './backdrop.js'
import { Canvas } from './canvas.js'
import type { Cell } from './captions.js'
import { drawCloud, type Points } from './cloud.js'
import { medians } from './medians.js'
import { type Domain, domainOf, type Plane, planeOf } from './plane.js'
import { linearTicks, tickLabels } from './scale.js'
import { type Size, Surface } from './surface.js'

/** A point of the plane. */
export type Place = readonly [x: number, y: number]

/** A point with a name: `A`, `B`. */
export interface Marker {
  readonly at: Place
  readonly name: string
}

/** A line through the plane: the σ of a posterior, a prior that is no circle. */
export interface Outline {
  /** Its corners; it is closed where the last is the first again. */
  readonly points: readonly Place[]
  readonly ink: Ink
  /** Whether it lies under the points; default over them. */
  readonly behind?: boolean
}

/** What a scatter shows. */
export interface Scatter extends Points {
  /** The names of the classes; default their numbers. */
  readonly names?: readonly string[]
  /** What is seen, at least: the other direction may show more. Default {@link domainOf} the points. */
  readonly domain?: Domain
  /** Circles of the prior N(0, I) at 1 σ and 2 σ; default true. */
  readonly prior?: boolean
  /** Numbers along the left and the lower edge; default false. */
  readonly axes?: boolean
  /** Each class's name at its median; default true. */
  readonly medians?: boolean
  /** The nearest class at each place of what is seen. */
  readonly background?: ClassGrid
  /** A cross. */
  readonly cursor?: Place
  readonly markers?: readonly Marker[]
  readonly outlines?: readonly Outline[]
  /** Points on the way from one marker to another. */
  readonly path?: readonly Place[]
}

/** How the plane of a scatter lies on its cells: for a cursor, and for what is computed for each cell. */
export function planeOfScatter({ x, y, domain }: Pick<Scatter, 'x' | 'y' | 'domain'>, size: Size): Plane {
  return planeOf(domain ?? domainOf(x, y), size)
}

/** A scatter in exactly so many rows and columns. */
export function scatter(shown: Scatter, size: Size, style: Style): string[] {
  const surface = new Surface(size)
  const plane = planeOfScatter(shown, surface)
  const layers = [new Canvas(surface), new Canvas(surface), new Canvas(surface)] as const
  const [borders, cloud, above] = layers
  if (shown.background !== undefined) drawClasses(surface, borders, shown.background, style)
  // Lines behind the points share their cells: where points are few the line shows, where they are many they do.
  for (const outline of shown.outlines ?? []) drawOutline(outline.behind === true ? cloud : above, plane, outline)
  drawCloud(cloud, plane, shown, style)
  if (shown.prior !== false) for (const sigmas of [1, 2]) drawCircle(above, plane, sigmas, '')
  for (const layer of layers) layer.paintOn(surface, style.charset)
  if (shown.axes === true) drawNumbers(surface, plane, style)
  if (shown.medians !== false) nameClasses(surface, plane, shown, style)
  for (const place of shown.path ?? []) put(surface, plane, place, '○', style.ink.accent)
  if (shown.cursor !== undefined) drawCursor(surface, plane, shown.cursor, style)
  for (const { at, name } of shown.markers ?? []) put(surface, plane, at, name, style.ink.bold)
  return surface.toRows(style)
}

/** The cell of a place; undefined where its coordinates are not finite. */
function cellOf(plane: Plane, [x, y]: Place): Cell | undefined {
  const [dotX, dotY] = plane.dot(x, y)
  return Number.isFinite(dotX) && Number.isFinite(dotY) ? [Math.floor(dotX / 2), Math.floor(dotY / 4)] : undefined
}

function put(surface: Surface, plane: Plane, place: Place, text: string, ink: Ink): void {
  const cell = cellOf(plane, place)
  if (cell !== undefined) surface.put(...cell, text, ink)
}

/** Every second dot of a line. */
function drawOutline(canvas: Canvas, plane: Plane, { points, ink }: Outline): void {
  let phase = 0
  points.slice(1).forEach((to, i) => {
    phase = canvas.line(...plane.dot(...(points[i] ?? to)), ...plane.dot(...to), ink, [1, 1], phase)
  })
}

/** A cross with the point in its middle. */
function drawCursor(surface: Surface, plane: Plane, place: Place, style: Style): void {
  const cell = cellOf(plane, place)
  if (cell === undefined) return
  const [column, row] = cell
  const { accent } = style.ink
  surface.put(column, row - 1, '│', accent)
  surface.put(column, row + 1, '│', accent)
  surface.put(column - 3, row, '───✚───', accent)
}

/** Every class at its median, or in the nearest row where no other class's name stands. */
function nameClasses(surface: Surface, plane: Plane, shown: Scatter, style: Style): void {
  const taken = new Surface(surface)
  for (const { label, x, y } of medians(shown)) {
    const name = shown.names?.[label] ?? String(label)
    const cell = cellOf(plane, [x, y])
    if (cell === undefined) continue
    const [column, middle] = [cell[0] - Math.floor(width(name) / 2), cell[1]]
    const row = [0, -1, 1, -2, 2].map((away) => middle + away).find((y) => taken.isBlank(column, y, width(name)))
    if (row === undefined) continue
    taken.put(column, row, '#'.repeat(width(name)))
    // On the class's colour rather than in it: among points of that colour a letter would be lost.
    surface.put(column, row, name, style.depth === 1 ? '' : `${style.ink.selected};${style.series(label)}`)
  }
}

/** A few round numbers along the left and the lower edge, over what is there. */
function drawNumbers(surface: Surface, plane: Plane, style: Style): void {
  const { dim } = style.ink
  const across = linearTicks(plane.domain.x, Math.max(2, Math.floor(surface.columns / 12)))
  tickLabels(across).forEach((text, i) => {
    const cell = cellOf(plane, [across[i] ?? 0, plane.domain.y[0]])
    surface.put((cell?.[0] ?? 0) - Math.floor(width(text) / 2), surface.rows - 1, text, dim)
  })
  const up = linearTicks(plane.domain.y, Math.max(2, Math.floor(surface.rows / 4)))
  tickLabels(up).forEach((text, i) => {
    const row = cellOf(plane, [plane.domain.x[0], up[i] ?? 0])?.[1] ?? 0
    if (row < surface.rows - 1) surface.put(0, row, text, dim)
  })
}
