/** Thousands of points as a few paths. */
import * as Plot from '@observablehq/plot'
import { colourOf } from '../../base/palette.js'
import { element } from './element.js'
import { number } from './svg.js'

/** Points of a scatter, n of them. */
export interface Points {
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
  /** The label of each point; its colour follows from it. */
  readonly labels?: ArrayLike<number>
  /** The colour of all points; default that of each one's label. */
  readonly colour?: string
  /** The diameter of a point in pixels; default by how many there are. */
  readonly size?: number
  /** From 0 to 1; default 0.75. */
  readonly opacity?: number
}

/**
 * A mark of Plot that draws each label's points as one path, a stroke of no length and round ends for each point:
 * 10,000 of them are about 100 KB where as many circles would be a megabyte.
 */
export function points({ x, y, labels, colour, size = sizeFor(x.length), opacity = 0.75 }: Points): Plot.Markish {
  return Plot.dot(
    Array.from({ length: x.length }, (_, i) => i),
    {
      x: (i: number) => x[i],
      y: (i: number) => y[i],
      render(index, _scales, { x: px, y: py }, dimensions, { document }) {
        const seen = index.filter((i) => within(Number(px?.[i]), Number(py?.[i]), dimensions))
        const paths = byLabel(seen, labels).map(([label, members]) => {
          const d = members.map((i) => `M${number(Number(px?.[i]))} ${number(Number(py?.[i]))}h0`).join('')
          return element(document, 'path', { stroke: colour ?? colourOf(label), d })
        })
        const look = { fill: 'none', 'stroke-linecap': 'round', 'stroke-width': size, 'stroke-opacity': opacity }
        return element(document, 'g', look, paths)
      },
    },
  )
}

/** Smaller the more there are, so that ten thousand still show where they are dense. */
function sizeFor(n: number): number {
  return n > 4000 ? 2.2 : n > 1000 ? 3 : 4
}

/** Whether a point lies in the frame: a mark of ours is not clipped by Plot. */
function within(x: number, y: number, dimensions: Plot.Dimensions): boolean {
  const { width, height, marginTop, marginRight, marginBottom, marginLeft } = dimensions
  return x >= marginLeft && x <= width - marginRight && y >= marginTop && y <= height - marginBottom
}

/** The points of each label, labels in order. */
function byLabel(index: readonly number[], labels: ArrayLike<number> | undefined): [number, number[]][] {
  const groups = new Map<number, number[]>()
  for (const i of index) {
    const label = labels?.[i] ?? 0
    const group = groups.get(label)
    if (group === undefined) groups.set(label, [i])
    else group.push(i)
  }
  return [...groups].sort(([a], [b]) => a - b)
}
