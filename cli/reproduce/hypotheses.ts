/** At which normalisation of the loss the paper's figures for β = 50 come out: what its code may have written. */
import { effectiveBeta } from '../../research.js'
import type { Figure } from '../charts/svg/figure.js'
import type { Table } from '../report/page.js'
import { codesAndSamples, likelihoodNames, pictured } from './figures/shown.js'
import { likelihoods, network, type PaperLikelihood } from './plan.js'
import { type Results, runsOf } from './results.js'
import { spread } from './statistics.js'

/** A way to write the loss, and the model that shows what it does at "β = 50". */
interface Hypothesis {
  readonly name: string
  /** Above its column in the figure. */
  readonly short: string
  readonly model: string
  /** The β of our loss, summed over pixels and latent dimensions, that it comes to. */
  readonly beta: (likelihood: PaperLikelihood, pixels: number) => number
}

const written = 50

/** What a loss of this likelihood comes to, on the scale that its own models are trained on. */
function summed(
  likelihood: PaperLikelihood,
  loss: { over?: 'mean'; size?: number; klOver?: 'mean'; latentDim?: number },
) {
  const reconstruction = likelihood === 'bernoulli' ? 'cross-entropy' : 'squared-error'
  // Of Σ(x − x̂)² this is half as much as of ½Σ(x − x̂)², and our squared error has no ½.
  return effectiveBeta({ reconstruction, klWeight: written, ...loss }) * (likelihood === 'bernoulli' ? 1 : 2)
}

const hypotheses: readonly Hypothesis[] = [
  {
    name: 'sum over pixels; of squared errors the same as 784·MSE',
    short: 'sum',
    model: 'beta-50',
    beta: (of) => summed(of, {}),
  },
  {
    name: 'mean over pixels (shown at 784, β = 1: already collapsed)',
    short: 'mean over pixels',
    model: 'pixel-mean',
    beta: (of, size) => summed(of, { over: 'mean', size }),
  },
  {
    name: 'KL averaged over the two latent dimensions',
    short: 'KL averaged',
    model: 'latent-mean',
    beta: (of) => summed(of, { klOver: 'mean', latentDim: network.latentDim }),
  },
  {
    name: 'slip of Keras posts: exp(z_log_sigma) as σ in the draw, ln σ for ln σ² in the KL',
    short: 'Keras slip',
    model: 'keras-slip',
    beta: (of) => summed(of, {}),
  },
]

/** What comes out: the paper's figures 9 to 13 show codes that are near normal and yet differ, and a KL that grows. */
export function hypothesesTable(results: Results): Table {
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

/** Codes and samples under each of them, as in figure 9. */
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
    data: pictured(results).flatMap(({ likelihood, after }) =>
      hypotheses.map(({ short, model }) => {
        const { test, latents, pictures: kept } = after(model)
        return { likelihood, hypothesis: short, test, latents, points: kept?.points, samples: kept?.samples }
      }),
    ),
  }
}
