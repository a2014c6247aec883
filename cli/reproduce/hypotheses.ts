/** Hypotheses on the loss normalisation of the paper's code that give its figures for β = 50. */
import { effectiveBeta } from '../../research.js'
import type { Figure } from '../charts/svg/figure.js'
import type { PageTable } from '../report/page.js'
import { codesAndSamples, likelihoodNames, runsWithPictures } from './figures/shared.js'
import { likelihoods, network, type PaperLikelihood } from './plan.js'
import { type Results, runsOf } from './results.js'
import { spread } from './statistics.js'

/** Form of the loss, and the model that shows its effect at "β = 50". */
interface Hypothesis {
  readonly name: string
  /** Title of its column in the figure. */
  readonly short: string
  readonly model: string
  /** Equivalent β of our loss, summed over pixels and latent dimensions. */
  readonly beta: (likelihood: PaperLikelihood, pixels: number) => number
}

const writtenBeta = 50

/** Equivalent β of a loss, on the scale of the models of this likelihood. */
function equivalentBeta(
  likelihood: PaperLikelihood,
  loss: { over?: 'mean'; size?: number; klOver?: 'mean'; latentDim?: number },
) {
  const reconstruction = likelihood === 'bernoulli' ? 'cross-entropy' : 'squared-error'
  // `effectiveBeta` refers to ½Σ(x − x̂)²; our squared error has no ½, so the same loss has twice that β.
  return effectiveBeta({ reconstruction, klWeight: writtenBeta, ...loss }) * (likelihood === 'bernoulli' ? 1 : 2)
}

const hypotheses: readonly Hypothesis[] = [
  {
    name: 'sum over pixels; of squared errors the same as 784·MSE',
    short: 'sum',
    model: 'beta-50',
    beta: (of) => equivalentBeta(of, {}),
  },
  {
    name: 'mean over pixels (shown at 784, β = 1: already collapsed)',
    short: 'mean over pixels',
    model: 'pixel-mean',
    beta: (of, size) => equivalentBeta(of, { over: 'mean', size }),
  },
  {
    name: 'KL averaged over the two latent dimensions',
    short: 'KL averaged',
    model: 'latent-mean',
    beta: (of) => equivalentBeta(of, { klOver: 'mean', latentDim: network.latentDim }),
  },
  {
    name: 'slip of Keras posts: exp(z_log_sigma) as σ in the draw, ln σ for ln σ² in the KL',
    short: 'Keras slip',
    model: 'keras-slip',
    beta: (of) => equivalentBeta(of, {}),
  },
]

/** Table of the results; the paper's figures 9 to 13 show nearly normal codes that still differ, and a growing KL. */
export function hypothesesTable(results: Results): PageTable {
  const pixels = results.baselines.faces.shape.slice(1).reduce((product, size) => product * size, 1)
  const rows = hypotheses.flatMap(({ name, model, beta }) =>
    likelihoods.map((likelihood) => {
      const last = runsOf(results, likelihood, model).flatMap(({ snapshots }) => snapshots.at(-1) ?? [])
      const of = (read: (snapshot: (typeof last)[number]) => number) => spread(last.map(read))
      const alive = last.length > 0 && last.every(({ test }) => test.kl > 0.1)
      return [
        name,
        likelihoodNames[likelihood],
        beta(likelihood, pixels).toLocaleString('en-US'),
        results.baselines.criticalBeta[likelihood].toFixed(1),
        of(({ test }) => test.kl),
        of(({ latents }) => latents.neighbourAccuracy ?? Number.NaN),
        of(({ judged }) => judged.samples.good.classes),
        of(({ judged }) => judged.samples.paper.confidence / results.baselines.judged.originals.paper.confidence),
        alive ? 'comes out' : last.some(({ test }) => test.kl > 0.1) ? 'in some seeds' : 'collapsed',
      ]
    }),
  )
  return {
    columns: [
      'the loss as written, β = 50',
      'likelihood',
      'β of the sum',
      'critical β',
      'KL, nats',
      'neighbours right',
      'classes in samples',
      'confidence (like the paper’s) / baseline',
      'codes that differ, KL above 0.1',
    ],
    rows,
  }
}

/** Draws codes and samples under each hypothesis, as in figure 9. */
export function hypothesesFigure(results: Results): Figure {
  return {
    id: 'figure-normalisation',
    title: 'β = 50 under each normalisation',
    caption:
      'Codes of every fourth test image, each plane on a scale of its own, and samples from the prior. Seed 1, last epoch.',
    svg: codesAndSamples(
      results,
      hypotheses.map(({ model }) => model),
      hypotheses.map(({ short }) => short),
    ),
    data: runsWithPictures(results).flatMap(({ likelihood, after }) =>
      hypotheses.map(({ short, model }) => {
        const { test, latents, pictures: kept } = after(model)
        return { likelihood, hypothesis: short, test, latents, points: kept?.points, samples: kept?.samples }
      }),
    ),
  }
}
