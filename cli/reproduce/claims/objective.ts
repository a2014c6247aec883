/** Claims about the objective and its gradient: 8, 12 and 13. */
import type { GradientSpread } from '../../../research.js'
import { rises } from '../statistics.js'
import type { Claim } from './claim.js'

/** Variance of the encoder's gradient for an estimator with one draw. */
function encoderVariance(gradients: readonly GradientSpread[], type: string, baseline = false): number {
  const found = gradients.find(
    ({ estimator: e }) =>
      e.type === type &&
      e.samples === 1 &&
      (e.type === 'score-function' ? (e.baseline ?? false) === baseline : e.kl !== 'monte-carlo'),
  )
  return found?.encoder ?? Number.NaN
}

export const objectiveClaims: readonly Claim[] = [
  {
    number: 8,
    statement: 'The KL share starts below 1 % and grows while reconstruction falls.',
    where: 'fig. 10, 11',
    measured:
      'share of β·KL in the loss at β = 1: the least of the first epoch’s batches (every tenth is recorded), and the epochs’ means',
    criterion: 'the least is below 1 %, the last epoch’s is above the first’s, and reconstruction is below',
    evaluate({ run, epochs: figures }) {
      const { epochs = [], firstSteps = [] } = run('beta-1') ?? {}
      const lowest = Math.min(...firstSteps.map(({ train }) => train.klShare))
      const [first, last] = [epochs[0]?.train, epochs.at(-1)?.train]
      const [from, to] = [first?.klShare ?? Number.NaN, last?.klShare ?? Number.NaN]
      return {
        figures: { 'least of a batch': lowest, 'epoch 1': from, [`epoch ${figures.at(-1)}`]: to },
        holds: lowest < 0.01 && to > from && (last?.reconstruction ?? 0) < (first?.reconstruction ?? 0),
      }
    },
    note: () => 'At the resolution of steps: as the mean over the first epoch the share is already above 1 %.',
  },
  {
    number: 12,
    statement: 'The score-function gradient has far higher variance.',
    where: '2.2, 2.4',
    measured:
      'Σ of the variances of the encoder’s partial derivatives on 128 training images, trained model, L = 1, over that of reparameterisation',
    criterion: 'more than ten times, with a baseline too',
    evaluate({ run }) {
      const { gradients = [] } = run('beta-1')?.studies ?? {}
      const reference = encoderVariance(gradients, 'reparameterization')
      const plain = encoderVariance(gradients, 'score-function') / reference
      const centred = encoderVariance(gradients, 'score-function', true) / reference
      return {
        figures: { 'times, plain': plain, 'times, with baseline': centred },
        holds: Math.min(plain, centred) > 10,
      }
    },
    note: ({ baselines: { known } }) =>
      known
        .map(({ samples, variance: { measured, exact } }) => {
          const of = (name: 'reparameterization' | 'scoreFunction') =>
            `${measured[name].variance.toFixed(2)} (exactly ${exact[name].variance.toFixed(2)})`
          return `Where the gradient is known, ∂E[z²]/∂μ at μ = 1, L = ${samples}: reparameterised ${of('reparameterization')}, score function ${of('scoreFunction')}.`
        })
        .join(' '),
  },
  {
    number: 13,
    statement: 'ELBO ≤ importance-weighted bounds, rising with K.',
    where: '2.3',
    measured: 'bounds on ln p(x), mean over the same test images, at β = 1; K = 1 is the ELBO',
    criterion: 'each is above the one before',
    evaluate({ run }) {
      const { bounds = [] } = run('beta-1')?.studies ?? {}
      return {
        figures: Object.fromEntries(bounds.map(({ K, bound }) => [`K = ${K}`, bound])),
        holds: bounds.length > 1 && rises(bounds.map(({ bound }) => bound)),
      }
    },
  },
]
