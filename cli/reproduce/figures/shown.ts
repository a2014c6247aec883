/** Panels that many figures are made of, drawn from what a snapshot holds. */
import { sheet } from '../../plots/images.js'
import { scatter } from '../../plots/scatter.js'
import type { Pictures, Snapshot } from '../measure.js'
import { type PackedPictures, unpackPictures, unpackPoints } from '../packed.js'
import { likelihoods, type PaperLikelihood } from '../plan.js'
import { Missing, type Results, type Trial, trial } from '../results.js'

/** What figures call the likelihoods. */
export const likelihoodNames: Record<PaperLikelihood, string> = {
  bernoulli: 'bernoulli',
  'squared-error': 'squared error',
}

/** The runs of seed 1, of either likelihood: those that pictures are kept of. */
export function pictured(results: Results): Trial[] {
  return likelihoods.map((likelihood) => trial(results, likelihood, 1))
}

/** The pictures of a snapshot. */
export function picturesOf({ epoch, pictures }: Snapshot): Pictures {
  if (pictures === undefined) throw new Missing(`pictures of epoch ${epoch}`)
  return pictures
}

/** The latent means of test images by label: every `step`-th of them. */
export function plane(
  snapshot: Snapshot,
  labels: readonly number[],
  { width = 240, step = 1, title = '' } = {},
): string {
  const { data, shape } = unpackPoints(picturesOf(snapshot).points)
  const [n = 0, d = 1] = shape
  const chosen = Array.from({ length: Math.floor(n / step) }, (_, i) => i * step)
  return scatter({
    x: chosen.map((i) => data[i * d] ?? 0),
    y: chosen.map((i) => data[i * d + 1] ?? 0),
    labels: chosen.map((i) => labels[i] ?? 0),
    width,
    legend: false,
    ...(title !== '' && { title }),
  })
}

/** Some pictures in rows. */
export function pictures(packed: PackedPictures, columns: number, { scale = 1.5, n = 0, title = '' } = {}): string {
  const { data, shape } = unpackPictures(packed)
  const [all = 0, ...size] = shape
  const some = n === 0 ? all : Math.min(n, all)
  const tensor = { data: data.subarray(0, (some * data.length) / all), shape: [some, ...size] }
  return sheet(tensor, { columns, scale, ...(title !== '' && { title }) })
}
