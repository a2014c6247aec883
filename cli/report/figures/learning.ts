/** Curves over epochs: figures 10 and 11 of the paper, for one run or several. */
import type { EpochEvent, Losses } from '../../../index.js'
import { nats } from '../../charts/format.js'
import { curves, type MarkedLevel, type Series } from '../../charts/svg/curves.js'
import type { Figure } from '../../charts/svg/figure.js'
import type { ReportInput } from '../report-input.js'

/** Quantity of an epoch to draw. */
interface Quantity {
  readonly id: string
  readonly title: string
  readonly caption: string
  readonly yLabel: string
  readonly yFormat?: string
  /** Set if floor and ceiling of the reconstruction apply to it. */
  readonly bounded?: boolean
  of(losses: Losses): number
}

const quantities: readonly Quantity[] = [
  {
    id: 'reconstruction',
    title: 'Reconstruction',
    caption: '−E[log p(x|z)], summed over the values of an example, mean over examples.',
    yLabel: 'nats',
    bounded: true,
    of: ({ reconstruction }) => reconstruction,
  },
  {
    id: 'kl',
    title: 'KL',
    caption: 'KL(q(z|x) ‖ p(z)), summed over latent dimensions, never multiplied by β.',
    yLabel: 'nats',
    of: ({ kl }) => kl,
  },
  {
    id: 'elbo',
    title: '−ELBO',
    caption: 'Reconstruction + KL, whatever β is; lower is better.',
    yLabel: 'nats',
    bounded: true,
    of: ({ elbo }) => -elbo,
  },
  {
    id: 'kl-share',
    title: 'KL share',
    caption: 'β·KL / (reconstruction + β·KL).',
    yLabel: 'share of the loss',
    yFormat: '~%',
    of: ({ klShare }) => klShare,
  },
]

const beta: Quantity = {
  id: 'beta',
  title: 'β',
  caption: 'The weight of the KL term, which was not the same throughout.',
  yLabel: 'β',
  of: (losses) => losses.beta,
}

/** Draws one figure per quantity; several runs are overlaid, each in its colour, with their validation losses. */
export function learningFigures(inputs: readonly ReportInput[], prefix: string): Figure[] {
  const drawn = inputs.filter(({ metrics }) => metrics.epochs.length > 0)
  if (drawn.length === 0) return []
  return [...quantities, ...(drawn.some(betaMoves) ? [beta] : [])].map((quantity) => {
    const series =
      drawn.length === 1 ? bothParts(drawn[0] as ReportInput, quantity) : drawn.map((one, k) => byRun(one, k, quantity))
    const references = quantity.bounded ? bounds(drawn) : []
    const { id, title, caption, yLabel, yFormat } = quantity
    return {
      id: `${prefix}${id}`,
      title: `${title}.`,
      caption:
        references.length === 0 ? caption : `${caption} Dotted: ${references.map(({ name }) => name).join(' and ')}.`,
      svg: curves({
        series,
        references,
        xLabel: 'epoch',
        yLabel,
        ...(yFormat && { yFormat }),
        width: 440,
        height: 290,
      }),
      data: { series, references, xLabel: 'epoch', yLabel },
    }
  })
}

/** Training and validation curves of one run. */
function bothParts({ metrics: { epochs } }: ReportInput, quantity: Quantity): Series[] {
  const validated = epochs.filter(({ validation }) => validation !== undefined)
  const training = { name: 'training', points: pointsOf(epochs, quantity, 'train') }
  if (validated.length === 0) return [training]
  return [
    { ...training, dashed: true, colour: 1 },
    { name: 'validation', points: pointsOf(validated, quantity, 'validation'), colour: 0 },
  ]
}

function byRun({ name, metrics: { epochs } }: ReportInput, colour: number, quantity: Quantity): Series {
  const validated = epochs.filter(({ validation }) => validation !== undefined)
  if (validated.length > 0) return { name, points: pointsOf(validated, quantity, 'validation'), colour }
  return { name: `${name} (training)`, points: pointsOf(epochs, quantity, 'train'), colour, dashed: true }
}

function pointsOf(epochs: readonly EpochEvent[], { of }: Quantity, part: 'train' | 'validation'): [number, number][] {
  return epochs.map((event) => {
    const losses = event[part]
    return [event.epoch, losses === undefined ? Number.NaN : (of(losses) ?? Number.NaN)]
  })
}

/** Floor and ceiling of the reconstruction, if equal for all runs. */
function bounds(inputs: readonly ReportInput[]): MarkedLevel[] {
  const [first, ...others] = inputs.map(({ metrics: { start } }) => start)
  const common = (name: 'floor' | 'ceiling') => {
    const value = first?.[name] ?? undefined
    return others.every((start) => Math.abs((start[name] ?? 0) - (value ?? 0)) < 0.01) ? value : undefined
  }
  const [floor, ceiling] = [common('floor'), common('ceiling')]
  return [
    ...(floor === undefined ? [] : [{ y: floor, name: `floor ${nats(floor)}` }]),
    ...(ceiling === undefined ? [] : [{ y: ceiling, name: `mean example ${nats(ceiling)}` }]),
  ]
}

function betaMoves({ metrics: { epochs } }: ReportInput): boolean {
  return new Set(epochs.map(({ train }) => train.beta)).size > 1
}
