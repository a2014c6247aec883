/** What an explorer shows of a model: its decoder, and real examples in its latent plane. */
import type { Dataset, Latents, Vae } from '../../index.js'
import { palette } from '../base/palette.js'
import { columnVariances, priorOf, quantile, ranked } from '../latent/prior.js'
import { rangeOf, spread } from '../latent/subset.js'
import type { DecoderData, ExplorerData } from './client/data.js'
import { base64Floats, base64Halves } from './floats.js'
import { thumbnailsOf } from './thumbnails.js'
import { type AffineLayer, decoderLayers } from './weights.js'

/** What an explorer is made of. */
export interface ExplorerSource {
  readonly vae: Vae
  /** The file or run folder that the model was loaded from. */
  readonly modelPath: string
  /** Examples to show in the plane, evenly spaced ones of many; labels give them colours. */
  readonly examples: Dataset
  /** What the model is called where there are several. */
  readonly name: string
  /** The means of q(z|x) of the examples, where they are known already. */
  readonly means?: Latents
  /** The latent dimensions that span the plane; default the two that carry most. */
  readonly axes?: readonly number[]
  readonly signal?: AbortSignal
}

/** Examples that a plane holds; more would hide each other. */
const mostExamples = 2000

/** Numbers of a decoder that a page may hold, 2 bytes each: beyond, it would no longer open at once. */
export const mostWeights = 4_000_000

/** The data of an explorer; none where the decoder is too large for a page. */
export async function explorer(source: ExplorerSource): Promise<ExplorerData | undefined> {
  const { vae, examples, name, modelPath } = source
  const layers = await decoderLayers(modelPath)
  if (layers.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0) > mostWeights) return undefined
  const call = source.signal === undefined ? {} : { signal: source.signal }
  const means = source.means ?? (await vae.encode(examples, call)).mean
  const [, d] = means.shape
  const axes = source.axes ?? (await carriers(vae, examples, means, call)).slice(0, 2)
  const rest = restOf(vae, means)
  const indices = spread(examples.length, mostExamples)
  const { labels, labelNames } = examples
  const column = (axis: number) => indices.map((i) => means.data[i * d + axis] ?? 0)
  const shown = labels && indices.map((i) => labels[i] ?? 0)
  const [x, y] = [column(axes[0] ?? 0), axes[1] === undefined ? (shown ?? indices.map(() => 0)) : column(axes[1])]
  const thumbnails = thumbnailsOf(examples, indices)
  return {
    name,
    decoder: decoderData(vae, layers),
    shape: [...vae.shape].filter((size): size is number => size !== undefined),
    axes,
    rest,
    domain: [reach(vae, x), axes[1] === undefined ? widened(y, 0.8) : reach(vae, y)],
    x: base64Floats(x),
    y: base64Floats(y),
    ...(shown && { labels: shown }),
    ...(labelNames && { labelNames }),
    indices,
    ...(thumbnails && { thumbnails }),
    palette,
    range: rangeOf(examples),
    note: noteOf(vae, d),
  }
}

/** Where dimensions stand that the plane does not show: at the prior's mean; an autoencoder has none, so at its codes'. */
export function restOf(vae: Vae, means: Latents): number[] {
  const [n, d] = means.shape
  if (vae.posterior !== 'deterministic') return new Array<number>(d).fill(priorOf(vae).location)
  return Array.from({ length: d }, (_, j) => {
    let sum = 0
    for (let i = j; i < means.data.length; i += d) sum += means.data[i] ?? 0
    return sum / n
  })
}

/** Latent dimensions, those that carry most first. */
async function carriers(
  vae: Vae,
  examples: Dataset,
  means: Latents,
  call: { signal?: AbortSignal },
): Promise<number[]> {
  const [, d] = means.shape
  if (d <= 2) return Array.from({ length: d }, (_, j) => j)
  const { klPerDimension } = await vae.evaluate(examples.slice(0, mostExamples), call)
  return ranked(klPerDimension, columnVariances(means.data, d))
}

/** What the plane leaves out, in a sentence. */
function noteOf(vae: Vae, d: number): string {
  if (d === 1) return 'There is one latent dimension: across is z0, upwards are the labels.'
  if (d === 2) return ''
  return vae.posterior === 'deterministic'
    ? `The plane shows the two dimensions of ${d} that vary most; the others stay at the mean of all codes.`
    : `The plane shows the two dimensions of ${d} with the largest KL; the others stay at the prior's mean.`
}

/** The ends of an axis: all points, and of a model with a prior 99 % of that. */
function reach(vae: Vae, values: readonly number[]): [number, number] {
  const prior = priorOf(vae)
  const ends = vae.posterior === 'deterministic' ? [] : [quantile(prior, 0.005), quantile(prior, 0.995)]
  const all = [...values, ...ends]
  return widened(all, 0.03 * (Math.max(...all) - Math.min(...all)) || 1)
}

function widened(values: readonly number[], by: number): [number, number] {
  return [Math.min(...values) - by, Math.max(...values) + by]
}

/** The decoder as the page computes it. */
function decoderData({ config }: Vae, layers: readonly AffineLayer[]): DecoderData {
  const { activation = 'relu', likelihood } = config
  const gaussian = likelihood === 'gaussian' || typeof likelihood === 'object'
  return {
    layers: layers.map(({ inputs, outputs, weight, bias }) => {
      return { inputs, outputs, weight: base64Halves(weight), bias: base64Floats(bias) }
    }),
    activation,
    output: gaussian ? 'identity' : 'sigmoid',
  }
}
