/** Studies of a trained model beyond its snapshots: all for the plain VAE (β = 1), none for the others. */
import type { Encoding, Tensor, Vae } from '../../index.js'
import { type GradientSpread, gradientVariance } from '../../research.js'
import { rowsToTensor } from '../latent/subset.js'
import { estimators } from './estimators.js'
import type { MeasurementContext } from './measure.js'
import { type PackedPictures, packPictures } from './packed.js'
import { type Experiment, isStudied } from './plan.js'

export interface Studies {
  readonly reencoding?: Reencoding
  /** ELBO (K = 1) and the importance-weighted bounds on ln p(x), mean over the same test images. */
  readonly bounds?: readonly { readonly K: number; readonly bound: number; readonly standardError: number }[]
  /** Spread of the estimators' gradients, on a batch of training images. */
  readonly gradients?: readonly GradientSpread[]
}

/** Images encoded and decoded many times, as in figure 3. */
export interface Reencoding {
  /** Σσ² of q(z|x), and the variance of a decoded pixel in [0, 1] over draws (mean over pixels), for each image. */
  readonly variances: readonly (readonly [posterior: number, pixels: number])[]
  /** First image, followed by some of its versions. */
  readonly versions?: PackedPictures
}

/** K of the importance-weighted bounds. */
const sampleCounts = [1, 10, 100, 1000]
/** Reencoded images, draws of each, and pictures shown. */
const reencodedImages = 200
const drawsOfEach = 32
const shownVersions = 24

/** Studies the last model of an experiment. */
export async function runStudies(vae: Vae, experiment: Experiment, context: MeasurementContext): Promise<Studies> {
  if (!isStudied(experiment)) return {}
  const { train, test, sizes, signal } = context
  const bounds = []
  for (const samples of sampleCounts) {
    const { mean, standardError } = await vae.logLikelihood(test.slice(0, sizes.bounds), { samples, seed: 1, signal })
    bounds.push({ K: samples, bound: mean, standardError })
  }
  const { estimates } = sizes
  const gradients = await gradientVariance(vae, train.slice(0, 128), { estimators, estimates, signal })
  return { reencoding: await reencodeImages(vae, experiment.pictured, context), bounds, gradients }
}

async function reencodeImages(vae: Vae, pictured: boolean, { test, signal }: MeasurementContext): Promise<Reencoding> {
  const images = test.slice(0, reencodedImages)
  const versions: Tensor[] = []
  for (let seed = 1; seed <= drawsOfEach; seed++)
    versions.push(await vae.reconstruct(images, { latent: 'sample', seed, units: 'model', signal }))
  const pixels = pixelVariances(versions, images.length)
  const posterior = posteriorVariances(await vae.encode(images, { signal }))
  const variances = pixels.map((variance, i) => [posterior[i] ?? 0, variance] as const)
  if (!pictured) return { variances }
  const first = [await vae.inputs(images.slice(0, 1), { signal }), ...versions.slice(0, shownVersions - 1)]
  const size = first[0]?.data.length ?? 0
  const rows = first.map(({ data }) => data.subarray(0, size))
  return { variances, versions: packPictures(rowsToTensor(rows, vae.shape)) }
}

/** Variance of each image's pixels over its versions, mean over the pixels. */
function pixelVariances(versions: readonly Tensor[], n: number): number[] {
  const size = (versions[0]?.data.length ?? 0) / n
  return Array.from({ length: n }, (_, i) => {
    let sum = 0
    for (let j = i * size; j < (i + 1) * size; j++) {
      const values = versions.map(({ data }) => data[j] ?? 0)
      const mean = values.reduce((total, value) => total + value, 0) / values.length
      sum += values.reduce((total, value) => total + (value - mean) ** 2, 0) / (values.length - 1)
    }
    return sum / size
  })
}

/** Sum Σσ² of each q(z|x). */
function posteriorVariances(encoding: Encoding): number[] {
  if (encoding.posterior !== 'gaussian') return []
  const [n = 0, d = 0] = encoding.logVar.shape
  return Array.from({ length: n }, (_, i) =>
    encoding.logVar.data.subarray(i * d, (i + 1) * d).reduce((sum, logVar) => sum + Math.exp(logVar), 0),
  )
}
