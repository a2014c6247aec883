/** Window: the part of a slice that the map shows. */
import type { Domain, Plane } from '../../charts/text/plane.js'
import type { Distribution } from '../../latent/distribution.js'
import { extent } from '../../latent/outline.js'
import { type Point2, type Projection, pointOf, type Slice } from '../../latent/slice.js'

/** Zoom and centre of the map. */
export interface MapWindow {
  /** Zoom factor: 1 shows the home domain, 2 half of it in each direction. */
  readonly zoom: number
  readonly centre: Point2
}

/** Limits of the zoom: outliers at one end, single codes at the other. */
const [minZoom, maxZoom] = [0.25, 64]
/** Half-width of the prior in the home domain, in standard deviations. */
const priorReach = 2.2
/** Share of outermost codes on each side that the home domain may leave out. */
const outermost = 0.005
/** Minimum distance of the cursor from the edge, in cells. */
const margin = 2

/** Home domain of a slice: the codes, and the prior if there is one. */
export function homeOf({ u, v }: Projection, slice: Slice, prior?: Distribution): Domain {
  const all = Array.from(slice.origin, () => prior ?? noPrior)
  const middle = pointOf(
    slice,
    all.map(({ location }) => location),
  )
  const { across, up } = extent(all, slice)
  return { x: reach(u, middle[0], priorReach * across), y: reach(v, middle[1], priorReach * up) }
}

/** Placeholder prior of an autoencoder, of width 0. */
const noPrior: Distribution = { family: 'gaussian', location: 0, scale: 0 }

function reach(values: Float64Array, middle: number, span: number): [number, number] {
  const sorted = values.slice().sort()
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? middle
  const [low, high] = [Math.min(middle - span, at(outermost)), Math.max(middle + span, at(1 - outermost))]
  const around = 0.03 * (high - low) || 1
  return [low - around, high + around]
}

/** Window that shows a whole domain. */
export function fullWindow({ x, y }: Domain): MapWindow {
  return { zoom: 1, centre: [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2] }
}

/** Part of a domain that a window shows, at least. */
export function domainIn({ x, y }: Domain, { zoom, centre }: MapWindow): Domain {
  const [halfX, halfY] = [(x[1] - x[0]) / 2 / zoom, (y[1] - y[0]) / 2 / zoom]
  return { x: [centre[0] - halfX, centre[0] + halfX], y: [centre[1] - halfY, centre[1] + halfY] }
}

/** Zooms by a factor about a point, which keeps its position on the screen. */
export function zoomed({ zoom, centre }: MapWindow, factor: number, [u, v]: Point2): MapWindow {
  const next = Math.min(maxZoom, Math.max(minZoom, zoom * factor))
  const kept = zoom / next
  return { zoom: next, centre: [u + (centre[0] - u) * kept, v + (centre[1] - v) * kept] }
}

/** Moves the window just far enough to show a point of the slice. */
export function windowShowing(window: MapWindow, { domain, scale }: Plane, point: Point2): MapWindow {
  const shift = (value: number, [low, high]: readonly [number, number], cells: number) => {
    const edge = Math.min(cells / scale, (high - low) / 4)
    return Math.min(0, value - low - edge) + Math.max(0, value - high + edge)
  }
  const across = shift(point[0], domain.x, 2 * margin)
  const up = shift(point[1], domain.y, 4 * margin)
  if (across === 0 && up === 0) return window
  return { ...window, centre: [window.centre[0] + across, window.centre[1] + up] }
}
