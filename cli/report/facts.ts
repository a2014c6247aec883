/** Table of a run: model, data, training and results. */

import { count, duration, engineName, layers, nats, percent, plural, shape, weight } from '../charts/format.js'
import { betaText } from '../flags/beta.js'
import { learningRateText } from '../flags/learning-rate.js'
import { explainedShare, likelihoodName } from '../reporters/summary.js'
import type { PageTable } from './page.js'
import type { ReportInput } from './report-input.js'

type Row = readonly [what: string, value: string]

/** Table of the facts of a run. */
export function facts(input: ReportInput): PageTable {
  return { columns: ['', ''], rows: [...trainingRows(input), ...resultRows(input)] }
}

function trainingRows({ data, metrics: { start, epochs, end }, vae }: ReportInput): Row[] {
  const { config, trained } = vae
  const prior = Object.entries(config.prior ?? {}).map(([name, value]) => `${name} ${value}`)
  const seconds = end?.seconds ?? epochs.at(-1)?.seconds
  return [
    ['data', `${data}, ${plural(vae.data.n, 'example')} of ${shape(vae.shape)} (${vae.scaling})`],
    [
      'network',
      `${layers(vae.shape, config.hiddenDims ?? [], config.latentDim ?? 0)} and back, ${config.activation}, ${count(vae.parameters)} parameters`,
    ],
    ['posterior', [vae.posterior, ...(prior.length > 0 ? [`prior ${prior.join(', ')}`] : [])].join(' · ')],
    ['likelihood', `${likelihoodName(config.likelihood)}${learnedVariance(vae)}`],
    ['β', `${betaText(config.beta ?? 1)}, effective β ${weight(start.effectiveBeta)}`],
    [
      'optimiser',
      `Adam, learning rate ${learningRateText(config.learningRate ?? Number.NaN)}, batches of ${config.batchSize}, seed ${config.seed}`,
    ],
    [
      'epochs',
      `${trained.epoch} of ${config.epochs}${statusText(end?.status)}${seconds ? ` · ${duration(seconds)}` : ''}`,
    ],
    ['computed by', engineName(start.engine)],
  ]
}

function learnedVariance({ config, variance }: ReportInput['vae']): string {
  const learned = typeof config.likelihood === 'object' && config.likelihood.variance === 'learned'
  return learned && variance !== undefined ? `, now ${weight(variance)}` : ''
}

/** Status of a run that did not complete. */
function statusText(status: string | undefined): string {
  return status === 'completed' ? '' : `, ${status ?? 'not finished'}`
}

function resultRows({ evaluation, part, vae }: ReportInput): Row[] {
  const { elbo, standardError, reconstruction, kl, klShare, floor, ceiling, activeUnits, n } = evaluation
  return [
    ['measured on', `${part} data, ${plural(n, 'example')}`],
    ['−ELBO', `${nats(-elbo)} ± ${nats(standardError)} nats`],
    ['reconstruction', `${nats(reconstruction)} nats`],
    ['KL', `${nats(kl)} nats, ${percent(klShare)} of the loss`],
    ['ceiling', `${nats(ceiling)} nats, the mean example`],
    ['floor', floor === undefined ? 'none, as σ² is learned' : `${nats(floor)} nats`],
    ...(floor === undefined
      ? []
      : [['explained', percent(explainedShare(reconstruction, { floor, ceiling }))] as const]),
    ['active units', `${activeUnits} of ${vae.config.latentDim}`],
  ]
}
