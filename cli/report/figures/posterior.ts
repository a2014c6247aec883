/** Posterior q(z|x) of one example with a draw from it: right part of figure 4 of the paper. */
import { curves } from '../../charts/svg/curves.js'
import { density, relativeDensity } from '../../charts/svg/density.js'
import type { Figure } from '../../charts/svg/figure.js'
import { panels } from '../../charts/svg/panels.js'
import { posteriorOf } from '../../latent/codes.js'
import type { Distribution } from '../../latent/distribution.js'
import { standardDeviation } from '../../latent/distribution.js'
import { draw } from '../../latent/draws.js'
import type { ReportInput } from '../report-input.js'
import { boundsOf, column, planeAxes } from './latents.js'

/** Draws the posterior of the first example: among all codes, and enlarged. Undefined for an autoencoder. */
export function posteriorFigure(input: ReportInput): Figure | undefined {
  const { encoding, prefix, seed } = input
  const axes = planeAxes(input)
  const marginals = axes.map((j) => posteriorOf(encoding, 0, j)).filter((one) => one !== undefined)
  const [first, second] = marginals
  if (first === undefined) return undefined
  const drawn = marginals.map((one, k) => draw(one, seed, k))
  const data = { axes, marginals, draw: drawn }
  const caption = `${exampleName(input, 0)}: where its z may lie, and a draw from it`
  const figure = { id: `${prefix}posterior`, title: 'The posterior of one example.', data }
  if (second === undefined)
    return {
      ...figure,
      caption: `${caption} (dashed).`,
      svg: densityCurve(first, drawn[0] ?? 0, axes[0] ?? 0),
    }
  const names = { xLabel: `z${axes[0]}`, yLabel: `z${axes[1]}` }
  const shown = {
    mean: [first.location, second.location],
    standardDeviation: [standardDeviation(first), standardDeviation(second)],
    family: first.family,
    draw: [drawn[0] ?? 0, drawn[1] ?? 0],
    ...names,
    width: 440,
  } as const
  const [x, y] = [column(input, axes[0] ?? 0), column(input, axes[1] ?? 0)]
  const all = density({
    ...shown,
    domain: { x: boundsOf(x), y: boundsOf(y) },
    points: { x, y, size: x.length > 4000 ? 1 : 1.6 },
  })
  return {
    ...figure,
    caption: `${caption} (black). Left among the codes of all examples (white), right from close by.`,
    svg: panels([[all, density(shown)]], { gap: 24 }),
  }
}

/** Draws the density along a single dimension. */
function densityCurve(q: Distribution, drawn: number, axis: number): string {
  const deviation = standardDeviation(q)
  const points = Array.from({ length: 201 }, (_, i) => {
    const u = (i - 100) / 25
    return [q.location + u * deviation, relativeDensity(q.family, u)] as const
  })
  const at: readonly (readonly [number, number])[] = [
    [drawn, 0],
    [drawn, 1],
  ]
  return curves({
    series: [
      { name: 'q(z|x)', points },
      { name: 'a draw', points: at, dashed: true },
    ],
    ...{ xLabel: `z${axis}`, yLabel: 'density, relative to its highest' },
    ...{ width: 440, height: 290 },
  })
}

/** Name of an example in a caption, with its label if any: `Example 0 of the training data, label 7`. */
export function exampleName({ examples, part }: ReportInput, i: number): string {
  const label = examples.labels?.[i]
  const name = label === undefined ? '' : `, label ${examples.labelNames?.[label] ?? label}`
  return `Example ${i} of the ${part} data${name}`
}
