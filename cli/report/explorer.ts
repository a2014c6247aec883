/** Data of an explorer: the decoder, and real examples in its latent plane. */
import type { Dataset, Latents, Likelihood, Scale, Vae } from '../../index.js'
import { palette } from '../base/palette.js'
import { widthOf } from '../charts/shown.js'
import { columnVariances, rankDimensions } from '../latent/codes.js'
import { quantile } from '../latent/distribution.js'
import { priorOf } from '../latent/prior.js'
import { rangeOf, spreadIndices } from '../latent/subset.js'
import type { DecoderData, ExplorerData } from './client/data.js'
import { base64Floats, base64Halves } from './floats.js'
import { shownRanges } from './pictures.js'
import { thumbnailsOf } from './thumbnails.js'
import { type AffineLayer, decoderLayers } from './weights.js'

/** Inputs of an explorer. */
export interface ExplorerSource {
  readonly vae: Vae
  /** File or run folder of the model. */
  readonly modelPath: string
  /** Examples in the plane, an evenly spaced subset if there are many; coloured by label. */
  readonly examples: Dataset
  /** Name of the model among several. */
  readonly name: string
  /** Means of q(z|x) of the examples, if already computed. */
  readonly means?: Latents
  /** Latent dimensions of the plane; default the two with the largest KL (else variance). */
  readonly axes?: readonly number[]
  readonly signal?: AbortSignal
}

/** Maximum examples in a plane; more would hide each other. */
const maxExamples = 2000

/** Maximum decoder weights in a page, 2 bytes each: with more it would open slowly. */
export const maxWeights = 4_000_000

/** Computes the data of an explorer; undefined if the decoder is too large for a page. */
export async function explorerData(source: ExplorerSource): Promise<ExplorerData | undefined> {
  const { vae, examples, name, modelPath } = source
  const layers = await decoderLayers(modelPath)
  if (layers.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0) > maxWeights) return undefined
  const call = source.signal === undefined ? {} : { signal: source.signal }
  const means = source.means ?? (await vae.encode(examples, call)).mean
  const [, d] = means.shape
  const axes = source.axes ?? (await rankedDimensions(vae, examples, means, call)).slice(0, 2)
  const rest = restOf(vae, means)
  const indices = spreadIndices(examples.length, maxExamples)
  const { labels, labelNames } = examples
  const column = (axis: number) => indices.map((i) => means.data[i * d + axis] ?? 0)
  const shown = labels && indices.map((i) => labels[i] ?? 0)
  const [x, y] = [column(axes[0] ?? 0), axes[1] === undefined ? (shown ?? indices.map(() => 0)) : column(axes[1])]
  const thumbnails = thumbnailsOf(examples, indices, rangeOf(vae, examples))
  return {
    name,
    decoder: decoderData(vae, layers),
    shape: [...vae.shape].filter((size): size is number => size !== undefined),
    axes,
    rest,
    domain: [axisRange(vae, x), axes[1] === undefined ? widen(y, 0.8) : axisRange(vae, y)],
    x: base64Floats(x),
    y: base64Floats(y),
    ...(shown && { labels: shown }),
    ...(labelNames && { labelNames }),
    indices,
    ...(thumbnails && { thumbnails }),
    palette,
    ranges: shownRanges(vae, examples),
    note: noteOf(vae, d),
  }
}

/** Values of the dimensions outside the plane: the prior's mean; the mean code of an autoencoder, which has none. */
export function restOf(vae: Vae, means: Latents): number[] {
  const [n, d] = means.shape
  if (vae.posterior !== 'deterministic') return new Array<number>(d).fill(priorOf(vae).location)
  return Array.from({ length: d }, (_, j) => {
    let sum = 0
    for (let i = j; i < means.data.length; i += d) sum += means.data[i] ?? 0
    return sum / n
  })
}

/** Latent dimensions, largest KL (else variance) first. */
async function rankedDimensions(
  vae: Vae,
  examples: Dataset,
  means: Latents,
  call: { signal?: AbortSignal },
): Promise<number[]> {
  const [, d] = means.shape
  if (d <= 2) return Array.from({ length: d }, (_, j) => j)
  const { klPerDimension } = await vae.evaluate(examples.slice(0, maxExamples), call)
  return rankDimensions(klPerDimension, columnVariances(means.data, d))
}

/** Sentence on the dimensions outside the plane. */
function noteOf(vae: Vae, d: number): string {
  if (d === 1) return 'There is one latent dimension: across is z0, upwards are the labels.'
  if (d === 2) return ''
  return vae.posterior === 'deterministic'
    ? `The plane shows the two dimensions of ${d} that vary most; the others stay at the mean of all codes.`
    : `The plane shows the two dimensions of ${d} with the largest KL; the others stay at the prior's mean.`
}

/** Ends of an axis: all points, and the middle 99 % of the prior if there is one. */
function axisRange(vae: Vae, values: readonly number[]): [number, number] {
  const prior = priorOf(vae)
  const ends = vae.posterior === 'deterministic' ? [] : [quantile(prior, 0.005), quantile(prior, 0.995)]
  const all = [...values, ...ends]
  return widen(all, 0.03 * (Math.max(...all) - Math.min(...all)) || 1)
}

function widen(values: readonly number[], by: number): [number, number] {
  return [Math.min(...values) - by, Math.max(...values) + by]
}

/** Decoder data for the page. */
function decoderData({ config, scale }: Vae, layers: readonly AffineLayer[]): DecoderData {
  const { activation = 'relu', likelihood = 'bernoulli' } = config
  const [factor, offset] = unitsOf(scale)
  return {
    layers: layers.map(({ inputs, outputs, weight, bias }) => {
      return { inputs, outputs, weight: base64Halves(weight), bias: base64Floats(bias) }
    }),
    activation,
    output: outputs[typeof likelihood === 'object' ? likelihood.type : likelihood],
    factor: base64Floats(factor),
    offset: base64Floats(offset),
  }
}

/** Map from the decoder's last layer to the mean of p(x|z), by likelihood. */
const outputs: Record<Extract<Likelihood, string>, DecoderData['output']> = {
  bernoulli: 'sigmoid',
  'squared-error': 'sigmoid',
  gaussian: 'identity',
}

/** Factor and offset from a model's units to those of the data: one number for all values, or one for each. */
function unitsOf(scale: Scale): readonly [factor: readonly number[], offset: readonly number[]] {
  switch (scale.type) {
    case 'none':
      return [[1 / scale.factor], [0]]
    case 'unit':
      return [[widthOf([scale.minimum, scale.maximum])], [scale.minimum]]
    case 'standardize':
      return [scale.deviation, scale.mean]
  }
}
