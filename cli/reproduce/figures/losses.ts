/** Figures 10 to 13: losses, and the confidence of classifiers, over epochs. */

import { mean } from '../../base/statistics.js'
import { curves, type Series } from '../../charts/svg/curves.js'
import type { Figure } from '../../charts/svg/figure.js'
import { panels } from '../../charts/svg/panels.js'
import { classifierNames } from '../classifiers.js'
import type { ExperimentResult } from '../experiment.js'
import type { Snapshot } from '../measure.js'
import { likelihoods } from '../plan.js'
import { type Results, runsOf } from '../results.js'
import { likelihoodNames } from './shared.js'

const size = { width: 330, height: 230 }

/** Pairs of β that share a figure. */
const pairs = [
  [0, 1],
  [5, 50],
] as const

export function lossFigures(results: Results): Figure[] {
  return likelihoods.flatMap((likelihood) =>
    pairs.flatMap((betas, i): Figure[] => {
      const both = betas.map((beta) => ({ beta, runs: runsOf(results, likelihood, `beta-${beta}`) }))
      const named = `β = ${betas.join(' and ')}: ${likelihoodNames[likelihood]}`
      const seeds = `Curves are means over ${both[0]?.runs.length ?? 0} seeds, bands go from the lowest to the highest.`
      return [
        {
          id: `figure-${10 + i}-${likelihood}`,
          title: `Figure ${10 + i}. Losses at ${named}`,
          caption: `Reconstruction and KL in nats, and the share of β·KL in the loss, over epochs. ${seeds} Floor: the best that any decoder can reach; ceiling: the mean image.`,
          svg: panels(
            both.map(({ runs }) => lossPanels(runs)),
            { rowTitles: betas.map((beta) => `β = ${beta}`) },
          ),
          data: both.map(({ beta, runs }) => ({
            beta,
            runs: runs.map(({ experiment, epochs }) => ({ seed: experiment.seed, epochs: epochs.map(losses) })),
          })),
        },
        {
          id: `figure-${12 + i}-${likelihood}`,
          title: `Figure ${12 + i}. Confidence at ${named}`,
          caption: `Mean confidence of a classifier over that in the original test images (eq. 13), by one like the paper’s and by a good one. ${seeds} Dashed across: the mean image.`,
          svg: panels(
            both.map(({ runs }) => classifierNames.map((name) => confidencePanel(results, runs, name))),
            { columnTitles: ['like the paper’s', 'good'], rowTitles: betas.map((beta) => `β = ${beta}`) },
          ),
          data: both.map(({ beta, runs }) => ({
            beta,
            runs: runs.map(({ experiment, snapshots }) => ({
              seed: experiment.seed,
              snapshots: snapshots.map(({ epoch, judged }) => ({ epoch, judged })),
            })),
          })),
        },
      ]
    }),
  )
}

/** Series over x of several runs: their mean as a curve, their range as a band. */
export function overSeeds(name: string, runs: readonly (readonly (readonly [number, number])[])[]): Series {
  const xs = runs[0]?.map(([x]) => x) ?? []
  const values = xs.map((_, i) => runs.flatMap((run) => run[i]?.[1] ?? []))
  return {
    name,
    points: xs.map((x, i) => [x, mean(values[i] ?? [])]),
    ...(runs.length > 1 && {
      band: xs.map((x, i) => [x, Math.min(...(values[i] ?? [])), Math.max(...(values[i] ?? []))] as const),
    }),
  }
}

function lossPanels(runs: readonly ExperimentResult[]): string[] {
  const of = (name: string, part: 'train' | 'validation', term: 'reconstruction' | 'kl' | 'klShare') =>
    overSeeds(
      name,
      runs.map(({ epochs }) => epochs.map((event) => [event.epoch, event[part]?.[term] ?? Number.NaN] as const)),
    )
  const both = (term: 'reconstruction' | 'kl' | 'klShare') => [
    of('train', 'train', term),
    of('test', 'validation', term),
  ]
  const unweighted = runs.every(({ experiment }) => experiment.beta === 0)
  const { floor, ceiling } = runs[0]?.snapshots[0]?.test ?? {}
  const references = [
    ...(floor === undefined ? [] : [{ y: floor, name: 'floor' }]),
    ...(ceiling === undefined ? [] : [{ y: ceiling, name: 'ceiling' }]),
  ]
  const common = { ...size, xLabel: 'epoch' }
  return [
    curves({ ...common, series: both('reconstruction'), yLabel: 'reconstruction, nats', references }),
    curves({ ...common, series: both('kl'), yLabel: 'KL, nats' }),
    curves({
      ...common,
      series: both('klShare'),
      yLabel: 'share of β·KL',
      yFormat: '.1%',
      ...(unweighted && { yDomain: [0, 0.05] as const }),
    }),
  ]
}

function confidencePanel(
  { baselines }: Results,
  runs: readonly ExperimentResult[],
  classifier: 'paper' | 'good',
): string {
  const baseline = baselines.judged.originals[classifier].confidence
  const of = (name: string, read: (snapshot: Snapshot) => number) =>
    overSeeds(
      name,
      runs.map(({ snapshots }) => snapshots.map((one) => [one.epoch, read(one) / baseline] as const)),
    )
  return curves({
    ...size,
    xLabel: 'epoch',
    yLabel: 'confidence / baseline',
    series: [
      of('reconstructions', ({ judged }) => judged.reconstructions[classifier].confidence),
      of('samples', ({ judged }) => judged.samples[classifier].confidence),
    ],
    references: [
      { y: 1, name: 'originals' },
      { y: baselines.judged.meanImage[classifier].confidence / baseline, name: 'mean image' },
    ],
  })
}

function losses({ epoch, train, validation }: ExperimentResult['epochs'][number]) {
  return { epoch, train, validation }
}
