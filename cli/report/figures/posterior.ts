/** q(z|x) of one example with a draw from it: figure 4 of the paper, on its right. */
import { curves } from '../../charts/svg/curves.js'
import { density, relative } from '../../charts/svg/density.js'
import type { Figure } from '../../charts/svg/figure.js'
import { panels } from '../../charts/svg/panels.js'
import { draw, posteriorOf, standardDeviation } from '../../latent/draws.js'
import type { Distribution } from '../../latent/prior.js'
import type { Subject } from '../subject.js'
import { around, column, planeAxes } from './latents.js'

/** The posterior of the first example: in the plane of all codes, and from close by. None of an autoencoder. */
export function posteriorFigure(subject: Subject): Figure | undefined {
  const { encoding, prefix, seed } = subject
  const axes = planeAxes(subject)
  const marginals = axes.map((j) => posteriorOf(encoding, 0, j)).filter((one) => one !== undefined)
  const [first, second] = marginals
  if (first === undefined) return undefined
  const drawn = marginals.map((one, k) => draw(one, seed, k))
  const data = { axes, marginals, draw: drawn }
  const caption = `${exampleName(subject, 0)}: where its z may lie, and a draw from it`
  const figure = { id: `${prefix}posterior`, title: 'The posterior of one example.', data }
  if (second === undefined)
    return {
      ...figure,
      caption: `${caption} (dashed).`,
      svg: line(first, drawn[0] ?? 0, axes[0] ?? 0),
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
  const [x, y] = [column(subject, axes[0] ?? 0), column(subject, axes[1] ?? 0)]
  const all = density({
    ...shown,
    domain: { x: around(x), y: around(y) },
    points: { x, y, size: x.length > 4000 ? 1 : 1.6 },
  })
  return {
    ...figure,
    caption: `${caption} (black). Left among the codes of all examples (white), right from close by.`,
    svg: panels([[all, density(shown)]], { gap: 24 }),
  }
}

/** The density along a single dimension. */
function line(q: Distribution, drawn: number, axis: number): string {
  const deviation = standardDeviation(q)
  const points = Array.from({ length: 201 }, (_, i) => {
    const u = (i - 100) / 25
    return [q.location + u * deviation, relative(q.family, u)] as const
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

/** An example in a caption: `Example 0 (a 7)`, with the label where there is one. */
export function exampleName({ examples, part }: Subject, i: number): string {
  const label = examples.labels?.[i]
  const name = label === undefined ? '' : `, label ${examples.labelNames?.[label] ?? label}`
  return `Example ${i} of the ${part} data${name}`
}
