/** Map: codes of the examples in the slice, and the cursor. */
import type { Style } from '../../base/style.js'
import { beside, clip, overlay } from '../../charts/text/layout.js'
import { pictures, portrait } from '../../charts/text/picture.js'
import { pixelsPerCell } from '../../charts/text/pixels.js'
import { type Outline, type Scatter, scatter } from '../../charts/text/scatter.js'
import type { Size } from '../../charts/text/surface.js'
import { outline } from '../../latent/outline.js'
import { interpolate } from '../../latent/path.js'
import { type Point2, pointOf } from '../../latent/slice.js'
import type { Explorer } from './explorer.js'
import { classNames } from './labels.js'

/** Rows of a picture tile: enough to see a digit, few enough to see many. */
const tileRows = 5

/** Number of drawn points of the path, without its ends. */
const pathDots = 8

/** Size of a picture tile in cells; vectors have no pictures. */
export function tileOf(shape: readonly number[], style: Style): Size {
  const [height, width] = shape
  if (height === undefined || width === undefined) return { columns: 1, rows: tileRows }
  const per = pixelsPerCell(style)
  return { columns: Math.max(1, Math.round((tileRows * per.height * (width / height)) / per.width)), rows: tileRows }
}

/** Draws the map in exactly this size. */
export function mapRows(explorer: Explorer, size: Size, style: Style): string[] {
  return (explorer.showsManifold && manifold(explorer, size, style)) || cloud(explorer, size, style)
}

/** Draws the codes, the prior and markers; none of it depends on the decoder. */
function cloud(explorer: Explorer, size: Size, style: Style): string[] {
  const { view, codes, cursor, layers, path, a, b } = explorer
  const { plane, projection, posterior } = view
  const classes = layers.has('borders') ? view.classes : undefined
  const shownPath = layers.has('path') ? path : undefined
  const inputs = [
    plane,
    projection,
    posterior,
    classes,
    codes,
    cursor,
    a,
    b,
    ...(shownPath ?? []),
    size.columns,
    size.rows,
    style,
  ]
  return explorer.memo.cloud.get(inputs, () => {
    const { labels } = codes
    const names = classNames(explorer)
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
      ...(shownPath && { path: dots(explorer) }),
    }
    return scatter(shown, size, style)
  })
}

/** Vertical positions for a single dimension: classes are stacked, because one line would show nothing. */
function lanes(labels: ArrayLike<number> | undefined, n: number, [low, high]: readonly [number, number]): Float64Array {
  const classes = [...new Set(Array.from(labels ?? []))].sort((a, b) => a - b)
  const lane = new Map(classes.map((label, i) => [label, (i + 0.5) / classes.length]))
  return Float64Array.from(
    { length: n },
    (_, i) => low + (0.1 + 0.8 * (lane.get(labels?.[i] ?? 0) ?? 0.5)) * (high - low),
  )
}

/** Outlines of the prior at 1 σ and 2 σ, behind everything, and of the chosen example's posterior. */
function outlines({ view, prior, latentDim }: Explorer, style: Style): Outline[] {
  const { slice, posterior } = view
  const found: Outline[] = []
  if (prior !== undefined && latentDim > 1) {
    const all = new Array<typeof prior>(latentDim).fill(prior)
    for (const deviations of prior.family === 'uniform' ? [1] : [1, 2])
      found.push({ points: outline(all, slice, deviations), ink: style.ink.dim, behind: true })
  }
  if (posterior !== undefined) found.push({ points: outline(posterior, slice), ink: style.ink.mark })
  return found
}

function markers({ a, b, view }: Explorer): { at: Point2; name: string }[] {
  const ends = [
    { z: a, name: 'A' },
    { z: b, name: 'B' },
  ]
  return ends.flatMap(({ z, name }) => (z === undefined ? [] : [{ at: pointOf(view.slice, z), name }]))
}

/** Points of the path between its ends. */
function dots({ path, view }: Explorer): Point2[] {
  if (path === undefined) return []
  const at = (i: number) => pointOf(view.slice, interpolate(...path, (i + 1) / (pathDots + 1)))
  return Array.from({ length: pathDots }, (_, i) => at(i))
}

/** Draws the decoded tiles and the cursor; undefined until they are decoded for this size. */
function manifold(explorer: Explorer, size: Size, style: Style): string[] | undefined {
  const { caches, model, view, cursor, memo } = explorer
  const { decoding } = caches.manifold
  if (model === undefined || decoding === undefined) return undefined
  const tile = tileOf(model.vae.shape, style)
  const [across, down] = [Math.floor(size.columns / tile.columns), Math.floor(size.rows / tile.rows)]
  if (decoding.points.length !== across * down) return undefined
  const rows = memo.manifold.get([decoding, model, size.columns, size.rows, style], () => {
    const tiles = pictures(decoding.means, model.range).map((picture) => portrait(picture, tile, style))
    const lines = Array.from({ length: down }, (_, row) => beside(tiles.slice(row * across, (row + 1) * across)))
    return clip(lines.flat(), size)
  })
  const [x, y] = view.plane.dot(...cursor)
  return overlay(rows, ['✚'], Math.floor(x / 2), Math.floor(y / 4))
}
