/** Panels that many figures are made of, drawn from what a snapshot holds. */
import { sheet } from '../../charts/svg/images.js'
import { panels } from '../../charts/svg/panels.js'
import { scatter } from '../../charts/svg/scatter.js'
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
export function plane(snapshot: Snapshot, labels: readonly number[], { width = 240, step = 1 } = {}): string {
  const { data, shape } = unpackPoints(picturesOf(snapshot).points)
  const [n = 0, d = 1] = shape
  const chosen = Array.from({ length: Math.floor(n / step) }, (_, i) => i * step)
  return scatter({
    x: chosen.map((i) => data[i * d] ?? 0),
    y: chosen.map((i) => data[i * d + 1] ?? 0),
    labels: chosen.map((i) => labels[i] ?? 0),
    width,
    legend: false,
  })
}

/** Pictures in rows. */
export function pictures(packed: PackedPictures, columns: number, scale: number): string {
  return sheet(unpackPictures(packed), { columns, scale })
}

/** A panel for each likelihood, side by side, in as many rows as there are. */
export function sideBySide(...rows: readonly (readonly string[])[]): string {
  return panels(rows, { columnTitles: likelihoods.map((likelihood) => likelihoodNames[likelihood]) })
}

/** Models beside each other, for either likelihood: where they put test images, and what they make of draws. */
export function codesAndSamples(results: Results, models: readonly string[], columnTitles: readonly string[]): string {
  const rows = pictured(results).flatMap(({ after }) => {
    const snapshots = models.map((model) => after(model))
    return [
      snapshots.map((one) => plane(one, results.baselines.testLabels, { step: 4 })),
      snapshots.map((one) => pictures(picturesOf(one).samples, 4, 2)),
    ]
  })
  const rowTitles = likelihoods.flatMap((likelihood) => [likelihoodNames[likelihood], 'samples'])
  return panels(rows, { columnTitles, rowTitles })
}
