/** Figures beyond the paper: other families, gradients, bounds, rate and distortion. */
import { curves } from '../../charts/svg/curves.js'
import { dots } from '../../charts/svg/dots.js'
import type { Figure } from '../../charts/svg/figure.js'
import { estimatorName, estimators } from '../estimators.js'
import { likelihoods } from '../plan.js'
import { MissingRun, type Results, runsOf } from '../results.js'
import { spread } from '../statistics.js'
import { overSeeds } from './losses.js'
import { codesAndSamples, runsWithPictures, sideBySide } from './shared.js'

const size = { width: 420, height: 280 }

export function furtherFigures(results: Results): Figure[] {
  return [families(results), gradients(results), bounds(results), rateDistortion(results), tradeOff(results)]
}

function families(results: Results): Figure {
  const models = ['beta-1', 'laplace', 'uniform']
  const names = ['Gaussian', 'Laplace', 'uniform']
  const warmUp = results.plan.experiments.find(({ model }) => model === 'uniform')?.warmUp ?? 0
  const kls = runsWithPictures(results).map(({ after }) => after('uniform-cold').test.kl)
  const cold = spread(kls)
  return {
    id: 'figure-families',
    title: 'Gaussian, Laplace and uniform latents',
    caption: `Codes of every fourth test image and samples from the prior of each family, β = 1, seed 1, last epoch. Uniform: β rises to 1 over the first ${warmUp} epochs; from the start at 1 it collapses at once, to a KL of ${cold} nats on test images, as a wider interval saves KL in the first order and a code pays in the second.`,
    svg: codesAndSamples(results, models, names),
    data: [...models, 'uniform-cold'].flatMap((model) =>
      likelihoods.flatMap((likelihood) =>
        runsOf(results, likelihood, model).map(({ experiment, snapshots }) => ({
          model,
          likelihood,
          seed: experiment.seed,
          test: snapshots.at(-1)?.test,
          latents: snapshots.at(-1)?.latents,
        })),
      ),
    ),
  }
}

/** Draws the gradient variance of every estimator, a dot per seed. */
function gradients(results: Results): Figure {
  const found = likelihoods.map((likelihood) => ({
    likelihood,
    runs: runsOf(results, likelihood, 'beta-1').map(({ studies }) => studies.gradients ?? []),
  }))
  return {
    id: 'figure-gradients',
    title: 'Variance of the gradient by estimator',
    caption:
      'Sum of the variances of the encoder’s partial derivatives: trained VAE (β = 1), 128 training images, a dot for each seed.',
    svg: sideBySide(
      found.map(({ runs }) =>
        dots({
          width: 480,
          xLabel: 'variance',
          xType: 'log',
          rows: estimators.map((estimator, i) => ({
            name: estimatorName(estimator),
            values: runs.flatMap((run) => run[i]?.encoder ?? []),
          })),
        }),
      ),
    ),
    data: found,
  }
}

function bounds(results: Results): Figure {
  const found = likelihoods.map((likelihood) => ({
    likelihood,
    runs: runsOf(results, likelihood, 'beta-1').map(({ studies }) => studies.bounds ?? []),
  }))
  return {
    id: 'figure-bounds',
    title: 'Importance-weighted bounds',
    caption: 'Mean bound on ln p(x) over test images, with K draws of z each; K = 1 is the ELBO. β = 1.',
    svg: sideBySide(
      found.map(({ runs }) =>
        curves({
          ...size,
          xLabel: 'K',
          xType: 'log',
          yLabel: 'nats',
          series: [
            overSeeds(
              'bound',
              runs.map((run) => run.map(({ K, bound }) => [K, bound] as const)),
            ),
          ],
        }),
      ),
    ),
    data: found,
  }
}

/** Runs of seed 1 by β, ascending. */
function sweep(results: Results, likelihood: (typeof likelihoods)[number]) {
  return results.measured
    .filter(({ experiment: e }) => e.likelihood === likelihood && e.seed === 1 && /^beta-/.test(e.model))
    .sort((a, b) => a.experiment.beta - b.experiment.beta)
    .map(({ experiment, snapshots }) => {
      const last = snapshots.at(-1)
      if (last === undefined) throw new MissingRun(experiment.id)
      return { beta: experiment.beta, last }
    })
}

function rateDistortion(results: Results): Figure {
  const found = likelihoods.map((likelihood) => ({ likelihood, runs: sweep(results, likelihood) }))
  return {
    id: 'figure-rate-distortion',
    title: 'Rate and distortion',
    caption: `KL against reconstruction on test images, a point for each β (${found[0]?.runs.flatMap(({ beta }) => (beta > 0 ? beta : [])).join(', ')}; from right to left), seed 1, last epoch. Common noise: the runs differ by β alone.`,
    svg: sideBySide(
      found.map(({ runs }) =>
        curves({
          ...size,
          xLabel: 'rate: KL, nats',
          yLabel: 'distortion: reconstruction, nats',
          series: [
            {
              name: 'β',
              points: runs
                .filter(({ beta }) => beta > 0)
                .map(({ last }) => [last.test.kl, last.test.reconstruction] as const)
                .sort(([a], [b]) => a - b),
            },
          ],
          references: [{ y: runs[0]?.last.test.ceiling ?? Number.NaN, name: 'ceiling' }],
        }),
      ),
    ),
    data: found.map(({ likelihood, runs }) => ({
      likelihood,
      points: runs.map(({ beta, last }) => ({ beta, kl: last.test.kl, reconstruction: last.test.reconstruction })),
    })),
  }
}

function tradeOff(results: Results): Figure {
  const found = likelihoods.map((likelihood) => ({ likelihood, runs: sweep(results, likelihood) }))
  const baseline = results.baselines.judged.originals.good.confidence
  return {
    id: 'figure-trade-off',
    title: 'What β buys and what it costs',
    caption:
      'Share of the way from the mean image to the best decoder that reconstructions keep, confidence of the good classifier in samples over the baseline, and the share of ten classes that it sees in them, over β (0 is drawn at 0.1). Seed 1, last epoch.',
    svg: sideBySide(
      found.map(({ runs }) => {
        const over = (read: (run: (typeof runs)[number]) => number) =>
          runs.map((run) => [Math.max(run.beta, 0.1), read(run)] as const)
        return curves({
          ...size,
          xLabel: 'β',
          xType: 'log',
          yLabel: 'share',
          series: [
            { name: 'explained', points: over(({ last }) => last.test.explained ?? Number.NaN) },
            { name: 'confidence', points: over(({ last }) => last.judged.samples.good.confidence / baseline) },
            { name: 'classes', points: over(({ last }) => last.judged.samples.good.classes / 10) },
          ],
        })
      }),
    ),
    data: found.map(({ likelihood, runs }) => ({
      likelihood,
      points: runs.map(({ beta, last }) => ({ beta, test: last.test, samples: last.judged.samples })),
    })),
  }
}
