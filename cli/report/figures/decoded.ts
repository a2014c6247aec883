/** What the decoder makes of places in the latent space: the manifold, walks along dimensions, samples. */
import type { Tensor } from '../../../index.js'
import { nats, percent } from '../../charts/format.js'
import type { Figure } from '../../charts/svg/figure.js'
import { priorOf, quantile } from '../../latent/prior.js'
import { samplesTitle } from '../../reporters/summary.js'
import { restOf } from '../explorer.js'
import { pictured } from '../pictures.js'
import type { Subject } from '../subject.js'
import { column, planeAxes } from './latents.js'

/** Places along a side of the manifold, by how large one example is drawn. */
const [side, sideOfLarge, sideOfVectors] = [20, 10, 8]

/** Of the whole grid, so that it stands beside the scatter; in pixels. */
const manifoldWidth = 440

/** The most dimensions that are walked along. */
const mostTraversed = 10

/** Quantiles of a walk. */
const steps = 11

/** A grid over the plane of the latent space, at equal shares of the prior. */
export async function manifoldFigure(
  subject: Pick<Subject, 'encoding' | 'order' | 'prefix' | 'range' | 'signal' | 'vae'>,
): Promise<Figure> {
  const { prefix, range, vae } = subject
  const [first = 0, second] = planeAxes(subject)
  const k = vae.shape.length < 2 ? sideOfVectors : Math.max(...sizes(vae.shape)) > 32 ? sideOfLarge : side
  const across = places(subject, first, k)
  const down = second === undefined ? [0] : places(subject, second, k).reverse()
  const rest = restOf(vae, subject.encoding.mean)
  const codes = down.flatMap((b) =>
    across.map((a) => moved(rest, [first, a], [second ?? first, second === undefined ? a : b])),
  )
  const plane = second === undefined ? `z${first}` : `z${first} to the right and z${second} upwards`
  return {
    id: `${prefix}manifold`,
    title: `The latent ${second === undefined ? 'line' : 'plane'}, decoded.`,
    caption: `${plane}, each place standing for an equal share of ${subjectOf(subject)}${rest.length > 2 ? '; the other dimensions stay in the middle' : ''}.`,
    svg: pictured(await decoded(subject, codes), range, {
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

/** Each live dimension from its low to its high quantiles, the others in the middle. */
export async function traversalFigure(subject: Subject): Promise<Figure | undefined> {
  const { evaluation, live, prefix, range, vae } = subject
  const walked = live.slice(0, mostTraversed)
  if (walked.length === 0) return undefined
  const rest = restOf(vae, subject.encoding.mean)
  const codes = walked.flatMap((j) => places(subject, j, steps).map((value) => moved(rest, [j, value])))
  const kl = (j: number) => nats(evaluation.klPerDimension[j])
  const names = walked.map((j) => (vae.posterior === 'deterministic' ? `z${j}` : `z${j}, KL ${kl(j)}`))
  const shares = Array.from({ length: steps }, (_, i) => percent((i + 0.5) / steps))
  return {
    id: `${prefix}traversals`,
    title: 'One dimension at a time.',
    caption: `${live.length > walked.length ? `The ${walked.length} of ${live.length} live dimensions that carry most` : 'The live dimensions'}, each over the quantiles of ${subjectOf(subject)}, the others in the middle.`,
    svg: pictured(await decoded(subject, codes), range, { columns: steps, rowTitles: names, columnTitles: shares }),
    data: { dimensions: walked, z: walked.map((j) => places(subject, j, steps)), rest },
  }
}

/** Draws of z from the prior, decoded. */
export async function samplesFigure(subject: Subject): Promise<Figure> {
  const { prefix, range, seed, signal, vae } = subject
  const n = 40
  const title = samplesTitle(vae.posterior)
  return {
    id: `${prefix}samples`,
    title: `${title.charAt(0).toUpperCase()}${title.slice(1)}.`,
    caption: `The mean of p(x|z) for ${n} draws of z, seed ${seed}.`,
    svg: pictured(await vae.sample(n, { seed, signal }), range, { columns: 10 }),
    data: { n, seed },
  }
}

/** Where dimension j stands at k equal shares: of the prior, of an autoencoder of its codes. */
function places(subject: Pick<Subject, 'encoding' | 'vae'>, j: number, k: number): number[] {
  const shares = Array.from({ length: k }, (_, i) => (i + 0.5) / k)
  if (subject.vae.posterior !== 'deterministic') return shares.map((p) => quantile(priorOf(subject.vae), p))
  const sorted = column(subject, j).sort()
  return shares.map((p) => sorted[Math.floor(p * sorted.length)] ?? 0)
}

function subjectOf({ vae }: Pick<Subject, 'vae'>): string {
  return vae.posterior === 'deterministic' ? 'the codes (an autoencoder has no prior)' : 'the prior'
}

/** A code with some of its dimensions elsewhere. */
function moved(rest: readonly number[], ...to: readonly (readonly [j: number, value: number])[]): number[] {
  const z = [...rest]
  for (const [j, value] of to) z[j] = value
  return z
}

function decoded(
  { signal, vae }: Pick<Subject, 'signal' | 'vae'>,
  codes: readonly (readonly number[])[],
): Promise<Tensor> {
  return vae.decode(codes, { signal })
}

function sizes(shape: readonly (number | undefined)[]): number[] {
  const [height = 1, width = 1] = shape
  return [height, width]
}
