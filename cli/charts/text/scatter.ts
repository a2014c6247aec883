/** Scatter of latent codes in two dimensions: coloured by class, with the prior, a cursor and markers. */

import type { Style } from '../../base/style.js'
import { type Ink, width } from '../../base/text.js'
import { type ClassGrid, drawCircle, drawClasses } from './backdrop.js'
import { Canvas } from './canvas.js'
import type { Cell } from './captions.js'
import { drawCloud, type PointCloud } from './cloud.js'
import { medians } from './medians.js'
import { type Domain, domainOf, type Plane, planeOf } from './plane.js'
import { linearTicks, tickLabels } from './scale.js'
import { type Size, Surface } from './surface.js'

/** Point of the plane. */
export type ScatterPoint = readonly [x: number, y: number]

/** Point with a name: `A`, `B`. */
export interface Marker {
  readonly at: ScatterPoint
  readonly name: string
}

/** Line in the plane: the σ of a posterior, a prior that is no circle. */
export interface Outline {
  /** Corners; closed if the last equals the first. */
  readonly points: readonly ScatterPoint[]
  readonly ink: Ink
  /** Set to draw it under the points; default over them. */
  readonly behind?: boolean
}

/** Contents and options of a scatter. */
export interface Scatter extends PointCloud {
  /** Class names; default their numbers. */
  readonly names?: readonly string[]
  /** Minimum visible domain; one direction may show more. Default {@link domainOf} the points. */
  readonly domain?: Domain
  /** Set to draw the prior N(0, I) as circles at 1 σ and 2 σ; default true. */
  readonly prior?: boolean
  /** Set to write numbers along the left and lower edge; default false. */
  readonly axes?: boolean
  /** Set to write each class's name at its median; default true. */
  readonly medians?: boolean
  /** Nearest class at each visible place. */
  readonly background?: ClassGrid
  /** Place of the cursor, drawn as a cross. */
  readonly cursor?: ScatterPoint
  readonly markers?: readonly Marker[]
  readonly outlines?: readonly Outline[]
  /** Points on the path between markers. */
  readonly path?: readonly ScatterPoint[]
}

/** Mapping of the plane of a scatter to its cells, for cursors and values per cell. */
function planeOfScatter({ x, y, domain }: Pick<Scatter, 'x' | 'y' | 'domain'>, size: Size): Plane {
  return planeOf(domain ?? domainOf(x, y), size)
}

/** Draws a scatter in exactly this size. */
export function scatter(shown: Scatter, size: Size, style: Style): string[] {
  const surface = new Surface(size)
  const plane = planeOfScatter(shown, surface)
  const layers = [new Canvas(surface), new Canvas(surface), new Canvas(surface)] as const
  const [borders, cloud, above] = layers
  if (shown.background !== undefined) drawClasses(surface, borders, shown.background, style)
  // Lines behind the points share their cells: the line shows among few points, the points where they are many.
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

/** Cell of a place; undefined if a coordinate is not finite. */
function cellOf(plane: Plane, [x, y]: ScatterPoint): Cell | undefined {
  const [dotX, dotY] = plane.dot(x, y)
  return Number.isFinite(dotX) && Number.isFinite(dotY) ? [Math.floor(dotX / 2), Math.floor(dotY / 4)] : undefined
}

function put(surface: Surface, plane: Plane, place: ScatterPoint, text: string, ink: Ink): void {
  const cell = cellOf(plane, place)
  if (cell !== undefined) surface.put(...cell, text, ink)
}

/** Draws every second dot of a line. */
function drawOutline(canvas: Canvas, plane: Plane, { points, ink }: Outline): void {
  let phase = 0
  points.slice(1).forEach((to, i) => {
    phase = canvas.line(...plane.dot(...(points[i] ?? to)), ...plane.dot(...to), ink, [1, 1], phase)
  })
}

/** Draws a cross centred on the point. */
function drawCursor(surface: Surface, plane: Plane, place: ScatterPoint, style: Style): void {
  const cell = cellOf(plane, place)
  if (cell === undefined) return
  const [column, row] = cell
  const { accent } = style.ink
  surface.put(column, row - 1, '│', accent)
  surface.put(column, row + 1, '│', accent)
  surface.put(column - 3, row, '───✚───', accent)
}

/** Writes each class name at its median, or in the nearest row without another class's name. */
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
    // Inverse in the class's colour: a plain letter would be lost among points of that colour.
    surface.put(column, row, name, style.depth === 1 ? '' : `${style.ink.selected};${style.series(label)}`)
  }
}

/** Writes a few round numbers along the left and lower edge, over the chart. */
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
