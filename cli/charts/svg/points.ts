/** Points of a scatter, drawn as a few paths. */
import * as Plot from '@observablehq/plot'
import { colourOf } from '../../base/palette.js'
import { element } from './element.js'
import { number } from './svg.js'

/** Coordinates and look of n points. */
export interface PlotPoints {
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
  /** Label of each point, which gives its colour. */
  readonly labels?: ArrayLike<number>
  /** Colour of all points; default by label. */
  readonly colour?: string
  /** Diameter of a point in pixels; default by the number of points. */
  readonly size?: number
  /** Opacity from 0 to 1; default 0.75. */
  readonly opacity?: number
}

/**
 * Plot mark that draws each label's points as one path, a zero-length stroke with round ends per point: 10,000 points
 * are about 100 KB, as circles they would be a megabyte.
 */
export function points({ x, y, labels, colour, size = sizeFor(x.length), opacity = 0.75 }: PlotPoints): Plot.Markish {
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
        const attributes = { fill: 'none', 'stroke-linecap': 'round', 'stroke-width': size, 'stroke-opacity': opacity }
        return element(document, 'g', attributes, paths)
      },
    },
  )
}

/** Diameter for n points: smaller for more, so that ten thousand still show their density. */
function sizeFor(n: number): number {
  return n > 4000 ? 2.2 : n > 1000 ? 3 : 4
}

/** True if a point lies in the frame: Plot does not clip custom marks. */
function within(x: number, y: number, dimensions: Plot.Dimensions): boolean {
  const { width, height, marginTop, marginRight, marginBottom, marginLeft } = dimensions
  return x >= marginLeft && x <= width - marginRight && y >= marginTop && y <= height - marginBottom
}

/** Groups points by label, labels in order. */
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
