/** Panels shared by many figures, drawn from snapshots. */
import { sheet } from '../../charts/svg/images.js'
import { panels } from '../../charts/svg/panels.js'
import { scatter } from '../../charts/svg/scatter.js'
import type { Pictures, Snapshot } from '../measure.js'
import { type PackedPictures, unpackPictures, unpackPoints } from '../packed.js'
import { likelihoods, type PaperLikelihood } from '../plan.js'
import { type ExperimentRun, MissingRun, type Results, selectRuns } from '../results.js'

/** Names of the likelihoods in figures. */
export const likelihoodNames: Record<PaperLikelihood, string> = {
  bernoulli: 'bernoulli',
  'squared-error': 'squared error',
}

/** Runs of seed 1, per likelihood: only these keep pictures. */
export function runsWithPictures(results: Results): ExperimentRun[] {
  return likelihoods.map((likelihood) => selectRuns(results, likelihood, 1))
}

/** Pictures of a snapshot. */
export function picturesOf({ epoch, pictures }: Snapshot): Pictures {
  if (pictures === undefined) throw new MissingRun(`pictures of epoch ${epoch}`)
  return pictures
}

/** Draws every `step`-th latent mean of the test images, coloured by label. */
export function drawPlane(snapshot: Snapshot, labels: readonly number[], { width = 240, step = 1 } = {}): string {
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

/** Draws pictures in rows. */
export function drawPictures(packed: PackedPictures, columns: number, scale: number): string {
  return sheet(unpackPictures(packed), { columns, scale })
}

/** Joins rows of panels, one panel per likelihood. */
export function sideBySide(...rows: readonly (readonly string[])[]): string {
  return panels(rows, { columnTitles: likelihoods.map((likelihood) => likelihoodNames[likelihood]) })
}

/** Draws codes of test images and samples, a column per model, for both likelihoods. */
export function codesAndSamples(results: Results, models: readonly string[], columnTitles: readonly string[]): string {
  const rows = runsWithPictures(results).flatMap(({ after }) => {
    const snapshots = models.map((model) => after(model))
    return [
      snapshots.map((one) => drawPlane(one, results.baselines.testLabels, { step: 4 })),
      snapshots.map((one) => drawPictures(picturesOf(one).samples, 4, 2)),
    ]
  })
  const rowTitles = likelihoods.flatMap((likelihood) => [likelihoodNames[likelihood], 'samples'])
  return panels(rows, { columnTitles, rowTitles })
}
