/** Which part of a section the map shows. */
import type { Domain, Plane } from '../../charts/text/plane.js'
import { extent } from '../../latent/outline.js'
import type { Distribution } from '../../latent/prior.js'
import { type Place, type Projection, placeOf, type Section } from '../../latent/projection.js'

/** How near one looks, and where to. */
export interface Window {
  /** 1 shows all that is worth seeing, 2 half of it in each direction. */
  readonly zoom: number
  readonly centre: Place
}

/** The ends of zooming: outliers on one side, single codes on the other. */
const [farthest, nearest] = [0.25, 64]
/** How far the prior is worth seeing, in standard deviations. */
const priorReach = 2.2
/** The outermost codes on each side that need not be seen at first. */
const outermost = 0.005
/** The cursor stays so many cells within the edge. */
const margin = 2

/** All that is worth seeing of a section: the codes, and the prior where there is one. */
export function homeOf({ u, v }: Projection, section: Section, prior?: Distribution): Domain {
  const all = Array.from(section.origin, () => prior ?? nowhere)
  const middle = placeOf(
    section,
    all.map(({ location }) => location),
  )
  const { across, up } = extent(all, section)
  return { x: reach(u, middle[0], priorReach * across), y: reach(v, middle[1], priorReach * up) }
}

/** What an autoencoder has for a prior. */
const nowhere: Distribution = { family: 'gaussian', location: 0, scale: 0 }

function reach(values: Float64Array, middle: number, span: number): [number, number] {
  const sorted = values.slice().sort()
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? middle
  const [low, high] = [Math.min(middle - span, at(outermost)), Math.max(middle + span, at(1 - outermost))]
  const around = 0.03 * (high - low) || 1
  return [low - around, high + around]
}

/** The window that shows all of a domain. */
export function whole({ x, y }: Domain): Window {
  return { zoom: 1, centre: [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2] }
}

/** What a window shows of a domain, at least. */
export function domainIn({ x, y }: Domain, { zoom, centre }: Window): Domain {
  const [halfX, halfY] = [(x[1] - x[0]) / 2 / zoom, (y[1] - y[0]) / 2 / zoom]
  return { x: [centre[0] - halfX, centre[0] + halfX], y: [centre[1] - halfY, centre[1] + halfY] }
}

/** Nearer or farther by a factor, about a place that stays where it is on the screen. */
export function zoomed({ zoom, centre }: Window, factor: number, [u, v]: Place): Window {
  const next = Math.min(nearest, Math.max(farthest, zoom * factor))
  const kept = zoom / next
  return { zoom: next, centre: [u + (centre[0] - u) * kept, v + (centre[1] - v) * kept] }
}

/** The window moved just so far that a place is in sight of a map. */
export function following(window: Window, { domain, scale }: Plane, place: Place): Window {
  const shift = (value: number, [low, high]: readonly [number, number], cells: number) => {
    const edge = Math.min(cells / scale, (high - low) / 4)
    return Math.min(0, value - low - edge) + Math.max(0, value - high + edge)
  }
  const across = shift(place[0], domain.x, 2 * margin)
  const up = shift(place[1], domain.y, 4 * margin)
  if (across === 0 && up === 0) return window
  return { ...window, centre: [window.centre[0] + across, window.centre[1] + up] }
}
