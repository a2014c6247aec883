/** The map: the codes of the examples in the section, and where one stands among them. */
import type { Picture } from '../../../index.js'
import type { Style } from '../../base/style.js'
import { beside, clip, overlay } from '../../charts/text/layout.js'
import { pictures, portrait } from '../../charts/text/picture.js'
import { pixelsPerCell } from '../../charts/text/pixels.js'
import { type Outline, type Scatter, scatter } from '../../charts/text/scatter.js'
import type { Size } from '../../charts/text/surface.js'
import { outline } from '../../latent/outline.js'
import { onTheWay } from '../../latent/path.js'
import { type Place, placeOf } from '../../latent/projection.js'
import type { Explorer } from './explorer.js'
import { namesOf } from './words.js'

/** Rows that a picture takes which the map is covered with: enough to see a digit, few enough to see many. */
const tileRows = 5

/** Points of the path that are drawn, its ends apart. */
const pathDots = 8

/** How many cells a picture takes that the map is covered with; vectors have none. */
export function tileOf(shape: readonly number[], style: Style): Size {
  const [height, width] = shape
  if (height === undefined || width === undefined) return { columns: 1, rows: tileRows }
  const per = pixelsPerCell(style)
  return { columns: Math.max(1, Math.round((tileRows * per.height * (width / height)) / per.width)), rows: tileRows }
}

/** The map in exactly this size. */
export function mapRows(explorer: Explorer, size: Size, style: Style): string[] {
  return (explorer.covered && manifold(explorer, size, style)) || cloud(explorer, size, style)
}

/** Codes, the prior, and what is marked; an answer of the decoder changes none of it. */
function cloud(explorer: Explorer, size: Size, style: Style): string[] {
  const { outlook, codes, cursor, layers, path, a, b } = explorer
  const { plane, projection, posterior } = outlook
  const classes = layers.has('borders') ? outlook.classes : undefined
  const way = layers.has('path') ? path : undefined
  const from = [
    plane,
    projection,
    posterior,
    classes,
    codes,
    cursor,
    a,
    b,
    ...(way ?? []),
    size.columns,
    size.rows,
    style,
  ]
  return explorer.drawn.cloud.of(from, () => {
    const { labels } = codes
    const names = namesOf(explorer)
    const shown: Scatter = {
      x: projection.u,
      y: explorer.latentDim > 1 ? projection.v : lanes(labels, projection.v.length, plane.domain.y),
      domain: plane.domain,
      prior: false,
      outlines: outlines(explorer, style),
      cursor,
      markers: markers(explorer),
      ...(labels && { labels }),
      ...(names && { names }),
      ...(classes && { background: classes }),
      ...(way && { path: dots(explorer) }),
    }
    return scatter(shown, size, style)
  })
}

/** Of a single dimension, classes stand above each other: on one line nothing would be seen. */
function lanes(labels: ArrayLike<number> | undefined, n: number, [low, high]: readonly [number, number]): Float64Array {
  const classes = [...new Set(Array.from(labels ?? []))].sort((a, b) => a - b)
  const lane = new Map(classes.map((label, i) => [label, (i + 0.5) / classes.length]))
  return Float64Array.from(
    { length: n },
    (_, i) => low + (0.1 + 0.8 * (lane.get(labels?.[i] ?? 0) ?? 0.5)) * (high - low),
  )
}

/** The prior to 1 σ and 2 σ, behind everything, and the posterior of the chosen example. */
function outlines({ outlook, prior, latentDim }: Explorer, style: Style): Outline[] {
  const { section, posterior } = outlook
  const found: Outline[] = []
  if (prior !== undefined && latentDim > 1) {
    const all = new Array<typeof prior>(latentDim).fill(prior)
    for (const deviations of prior.family === 'uniform' ? [1] : [1, 2])
      found.push({ points: outline(all, section, deviations), ink: style.ink.dim, behind: true })
  }
  if (posterior !== undefined) found.push({ points: outline(posterior, section), ink: style.ink.mark })
  return found
}

function markers({ a, b, outlook }: Explorer): { at: Place; name: string }[] {
  const ends = [
    { z: a, name: 'A' },
    { z: b, name: 'B' },
  ]
  return ends.flatMap(({ z, name }) => (z === undefined ? [] : [{ at: placeOf(outlook.section, z), name }]))
}

/** Points of the path between its ends. */
function dots({ path, outlook }: Explorer): Place[] {
  if (path === undefined) return []
  const at = (i: number) => placeOf(outlook.section, onTheWay(...path, (i + 1) / (pathDots + 1)))
  return Array.from({ length: pathDots }, (_, i) => at(i))
}

/** What the decoder makes of every part of the map, and the cursor; undefined until it is decoded for this size. */
function manifold(explorer: Explorer, size: Size, style: Style): string[] | undefined {
  const { decodings, subject, outlook, cursor, drawn } = explorer
  const { decoding } = decodings.manifold
  if (subject === undefined || decoding === undefined) return undefined
  const tile = tileOf(subject.vae.shape, style)
  const [across, down] = [Math.floor(size.columns / tile.columns), Math.floor(size.rows / tile.rows)]
  if (decoding.points.length !== across * down) return undefined
  const rows = drawn.manifold.of([decoding, subject, size.columns, size.rows, style], () => {
    const tiles = shades(pictures(decoding.means), subject.range).map((picture) => portrait(picture, tile, style))
    const lines = Array.from({ length: down }, (_, row) => beside(tiles.slice(row * across, (row + 1) * across)))
    return clip(lines.flat(), size)
  })
  const [x, y] = outlook.plane.dot(...cursor)
  return overlay(rows, ['✚'], Math.floor(x / 2), Math.floor(y / 4))
}

/** Pictures whose values are spread from black to white. */
export function shades(all: readonly Picture[], [low, high]: readonly [number, number]): Picture[] {
  if (low === 0 && high === 1) return [...all]
  return all.map(({ data, shape }) => ({ data: data.map((value) => (value - low) / (high - low)), shape }))
}
