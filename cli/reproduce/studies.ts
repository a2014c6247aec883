/** What is asked of a trained model beyond its snapshots: of the plain VAE (β = 1) all of it, of the others nothing. */
import type { Encoding, Tensor, Vae } from '../../index.js'
import { type GradientSpread, gradientVariance } from '../../research.js'
import { joined } from '../latent/subset.js'
import { estimators } from './estimators.js'
import type { Measuring } from './measure.js'
import { type PackedPictures, packPictures } from './packed.js'
import { type Experiment, isStudied } from './plan.js'

export interface Studies {
  readonly reencoding?: Reencoding
  /** ELBO (K = 1) and the importance-weighted bounds on ln p(x), mean over the same test images. */
  readonly bounds?: readonly { readonly K: number; readonly bound: number; readonly standardError: number }[]
  /** How the estimators' gradients are spread, on a batch of training images. */
  readonly gradients?: readonly GradientSpread[]
}

/** One image encoded and decoded many times, as in figure 3. */
export interface Reencoding {
  /** Σσ² of q(z|x), and the variance over the draws of a decoded pixel (mean over pixels), for each image. */
  readonly variances: readonly (readonly [posterior: number, pixels: number])[]
  /** The first image, and some of its versions after it. */
  readonly versions?: PackedPictures
}

/** The bounds that are taken. */
const ks = [1, 10, 100, 1000]
/** Images that are encoded and decoded, and how often. */
const reencoded = 200
const drawsOfEach = 32
const shown = 24

/** Studies the last model of an experiment. */
export async function study(vae: Vae, experiment: Experiment, by: Measuring): Promise<Studies> {
  if (!isStudied(experiment)) return {}
  const { train, test, sizes, signal } = by
  const bounds = []
  for (const samples of ks) {
    const { mean, standardError } = await vae.logLikelihood(test.slice(0, sizes.bounds), { samples, seed: 1, signal })
    bounds.push({ K: samples, bound: mean, standardError })
  }
  const { estimates } = sizes
  const gradients = await gradientVariance(vae, train.slice(0, 128), { estimators, estimates, signal })
  return { reencoding: await reencoding(vae, experiment.pictured, by), bounds, gradients }
}

async function reencoding(vae: Vae, pictured: boolean, { test, signal }: Measuring): Promise<Reencoding> {
  const images = test.slice(0, reencoded)
  const versions: Tensor[] = []
  for (let seed = 1; seed <= drawsOfEach; seed++)
    versions.push(await vae.reconstruct(images, { latent: 'sample', seed, signal }))
  const pixels = pixelVariances(versions, images.length)
  const posterior = posteriorVariances(await vae.encode(images, { signal }))
  const variances = pixels.map((variance, i) => [posterior[i] ?? 0, variance] as const)
  if (!pictured) return { variances }
  const first = [images.slice(0, 1).toTensor(), ...versions.slice(0, shown - 1)]
  const size = first[0]?.data.length ?? 0
  const rows = first.map(({ data }) => data.subarray(0, size))
  return { variances, versions: packPictures(joined(rows, vae.shape)) }
}

/** The variance of each image's pixels over its versions, mean over the pixels. */
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

/** Σσ² of each q(z|x). */
function posteriorVariances(encoding: Encoding): number[] {
  if (encoding.posterior !== 'gaussian') return []
  const [n = 0, d = 0] = encoding.logVar.shape
  return Array.from({ length: n }, (_, i) =>
    encoding.logVar.data.subarray(i * d, (i + 1) * d).reduce((sum, logVar) => sum + Math.exp(logVar), 0),
  )
}
