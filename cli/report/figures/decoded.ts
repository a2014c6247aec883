/** Figures of decoded codes: the manifold, traversals, samples. */
import type { Tensor } from '../../../index.js'
import { nats, percent } from '../../charts/format.js'
import type { Figure } from '../../charts/svg/figure.js'
import { quantile } from '../../latent/distribution.js'
import { priorOf } from '../../latent/prior.js'
import { samplesTitle } from '../../reporters/summary.js'
import { restOf } from '../explorer.js'
import { drawExamples } from '../pictures.js'
import type { ReportInput } from '../report-input.js'
import { column, planeAxes } from './latents.js'

/** Places along a side of the manifold, by size of an example. */
const [side, sideOfLarge, sideOfVectors] = [20, 10, 8]

/** Width of the whole grid in pixels, chosen to fit beside the scatter. */
const manifoldWidth = 440

/** Maximum dimensions of the traversals. */
const maxTraversed = 10

/** Quantiles per traversal. */
const steps = 11

/** Draws a decoded grid over the latent plane, at equal shares of the prior. */
export async function manifoldFigure(
  input: Pick<ReportInput, 'encoding' | 'order' | 'prefix' | 'ranges' | 'signal' | 'vae'>,
): Promise<Figure> {
  const { prefix, ranges, vae } = input
  const [first = 0, second] = planeAxes(input)
  const k = vae.shape.length < 2 ? sideOfVectors : Math.max(...sizes(vae.shape)) > 32 ? sideOfLarge : side
  const across = quantileValues(input, first, k)
  const down = second === undefined ? [0] : quantileValues(input, second, k).reverse()
  const rest = restOf(vae, input.encoding.mean)
  const codes = down.flatMap((b) =>
    across.map((a) => withDimensions(rest, [first, a], [second ?? first, second === undefined ? a : b])),
  )
  const plane = second === undefined ? `z${first}` : `z${first} to the right and z${second} upwards`
  return {
    id: `${prefix}manifold`,
    title: `The latent ${second === undefined ? 'line' : 'plane'}, decoded.`,
    caption: `${plane}, each place standing for an equal share of ${codeSource(input)}${rest.length > 2 ? '; the other dimensions stay in the middle' : ''}.`,
    svg: drawExamples(await decode(input, codes), ranges, {
      columns: k,
      gap: 0,
      scale: manifoldWidth / (k * Math.max(...sizes(vae.shape))),
    }),
    data: {
      axes: second === undefined ? [first] : [first, second],
      x: across,
      y: second === undefined ? [] : down,
      rest,
    },
  }
}

/** Draws traversals: each active dimension from low to high quantiles, the others in the middle. */
export async function traversalFigure(input: ReportInput): Promise<Figure | undefined> {
  const { evaluation, activeDimensions, prefix, ranges, vae } = input
  const dimensions = activeDimensions.slice(0, maxTraversed)
  if (dimensions.length === 0) return undefined
  const rest = restOf(vae, input.encoding.mean)
  const codes = dimensions.flatMap((j) =>
    quantileValues(input, j, steps).map((value) => withDimensions(rest, [j, value])),
  )
  const kl = (j: number) => nats(evaluation.klPerDimension[j])
  const names = dimensions.map((j) => (vae.posterior === 'deterministic' ? `z${j}` : `z${j}, KL ${kl(j)}`))
  const shares = Array.from({ length: steps }, (_, i) => percent((i + 0.5) / steps))
  return {
    id: `${prefix}traversals`,
    title: 'One dimension at a time.',
    caption: `${activeDimensions.length > dimensions.length ? `The ${dimensions.length} of ${activeDimensions.length} live dimensions that carry most` : 'The live dimensions'}, each over the quantiles of ${codeSource(input)}, the others in the middle.`,
    svg: drawExamples(await decode(input, codes), ranges, { columns: steps, rowTitles: names, columnTitles: shares }),
    data: { dimensions, z: dimensions.map((j) => quantileValues(input, j, steps)), rest },
  }
}

/** Draws decoded samples from the prior. */
export async function samplesFigure(input: ReportInput): Promise<Figure> {
  const { prefix, ranges, seed, signal, vae } = input
  const n = 40
  const title = samplesTitle(vae.posterior)
  return {
    id: `${prefix}samples`,
    title: `${title.charAt(0).toUpperCase()}${title.slice(1)}.`,
    caption: `The mean of p(x|z) for ${n} draws of z, seed ${seed}.`,
    svg: drawExamples(await vae.sample(n, { seed, signal }), ranges, { columns: 10 }),
    data: { n, seed },
  }
}

/** Values of dimension j at k equal shares of the prior, or of the codes for an autoencoder. */
function quantileValues(input: Pick<ReportInput, 'encoding' | 'vae'>, j: number, k: number): number[] {
  const shares = Array.from({ length: k }, (_, i) => (i + 0.5) / k)
  if (input.vae.posterior !== 'deterministic') return shares.map((p) => quantile(priorOf(input.vae), p))
  const sorted = column(input, j).sort()
  return shares.map((p) => sorted[Math.floor(p * sorted.length)] ?? 0)
}

function codeSource({ vae }: Pick<ReportInput, 'vae'>): string {
  return vae.posterior === 'deterministic' ? 'the codes (an autoencoder has no prior)' : 'the prior'
}

/** Copies a code with some of its dimensions replaced. */
function withDimensions(rest: readonly number[], ...to: readonly (readonly [j: number, value: number])[]): number[] {
  const z = [...rest]
  for (const [j, value] of to) z[j] = value
  return z
}

function decode(
  { signal, vae }: Pick<ReportInput, 'signal' | 'vae'>,
  codes: readonly (readonly number[])[],
): Promise<Tensor> {
  return vae.decode(codes, { signal })
}

function sizes(shape: readonly (number | undefined)[]): number[] {
  const [height = 1, width = 1] = shape
  return [height, width]
}
