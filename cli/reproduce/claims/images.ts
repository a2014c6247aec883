/** Claims about pictures: 4, 5, 6, 9, 10, 14 and 16. */
import type { ClassifierName } from '../classifiers.js'
import type { Snapshot } from '../measure.js'
import { paperBetas } from '../plan.js'
import { rises } from '../statistics.js'
import type { Claim } from './claim.js'

/** Results of the good classifier on a model's samples. */
const goodOnSamples = ({ judged }: Snapshot) => judged.samples.good

/** Relative difference of two numbers, with respect to the first. */
const relativeChange = (from: number, to: number) => Math.abs(to / from - 1)

export const imageClaims: readonly Claim[] = [
  {
    number: 4,
    statement: 'Samples from the prior are meaningless at β = 0 and digit-like at β ≥ 1.',
    where: 'fig. 5 to 8',
    measured:
      'confidence of the good classifier in samples, over that in test images, and how many classes it sees, after the last epoch',
    criterion: 'at β = 1 and β = 5 at least 0.85, and at β = 0 lower by 0.05 or more than at either',
    evaluate({ after, baselines }) {
      const [zero, one, five] = ([0, 1, 5] as const).map(
        (beta) => goodOnSamples(after(`beta-${beta}`)).confidence / baselines.judged.originals.good.confidence,
      ) as [number, number, number]
      return {
        figures: {
          'β = 0': zero,
          'β = 1': one,
          'β = 5': five,
          'classes at β = 0': goodOnSamples(after('beta-0')).classes,
          'classes at β = 1': goodOnSamples(after('beta-1')).classes,
          'classes at β = 5': goodOnSamples(after('beta-5')).classes,
        },
        holds: one >= 0.85 && five >= 0.85 && zero <= Math.min(one, five) - 0.05,
      }
    },
  },
  {
    number: 5,
    statement: 'After epoch 5 reconstructions hardly change.',
    where: 'fig. 6 to 8',
    measured: 'reconstruction on test images at β = 1, after the second and the last epoch of the figures',
    criterion: 'it falls by less than 5 %',
    evaluate({ after, epochs }) {
      const [, second = 1] = epochs
      const [early, late] = [after('beta-1', second).test, after('beta-1').test]
      return {
        figures: { [`epoch ${second}`]: early.reconstruction, [`epoch ${epochs.at(-1)}`]: late.reconstruction },
        holds: relativeChange(early.reconstruction, late.reconstruction) < 0.05,
      }
    },
  },
  {
    number: 6,
    statement: 'β of 200 to 500 gives inadequate reconstructions.',
    where: '4.2',
    measured: 'reconstruction on test images after the last epoch',
    criterion: 'within 1 % of the mean image’s at both',
    evaluate({ after }) {
      const [low, high] = [after('beta-200').test, after('beta-500').test]
      return {
        figures: { 'β = 200': low.reconstruction, 'β = 500': high.reconstruction, 'mean image': low.ceiling },
        holds: [low, high].every(({ reconstruction, ceiling }) => relativeChange(ceiling, reconstruction) < 0.01),
      }
    },
  },
  {
    number: 9,
    statement: 'Confidence in samples grows with β and passes that in reconstructions, then that in originals.',
    where: 'eq. 13, fig. 12, 13',
    measured:
      'confidence over the baseline (eq. 13) of samples at β = 0, 1, 5, 50, after the last epoch, by both classifiers',
    criterion: 'by both it grows with β, at β = 5 passes that in reconstructions, and at β = 50 that in originals',
    evaluate({ after, baselines }) {
      const classifiers: ClassifierName[] = ['paper', 'good']
      const found = classifiers.map((classifier) => {
        const baseline = baselines.judged.originals[classifier].confidence
        const samples = paperBetas.map((beta) => after(`beta-${beta}`).judged.samples[classifier].confidence / baseline)
        const passes = (samples[2] ?? 0) > after('beta-5').judged.reconstructions[classifier].confidence / baseline
        return { classifier, samples, holds: rises(samples) && passes && (samples[3] ?? 0) > 1 }
      })
      const named = found.flatMap(({ classifier, samples }) =>
        samples.map((value, i) => [`${classifier}, β = ${paperBetas[i]}`, value] as const),
      )
      return {
        figures: { ...Object.fromEntries(named), 'classes seen at β = 50': goodOnSamples(after('beta-50')).classes },
        holds: found.every(({ holds }) => holds),
      }
    },
    note({ baselines: { judged } }) {
      const ratio = (classifier: ClassifierName, of: 'meanImage' | 'noise') =>
        (judged[of][classifier].confidence / judged.originals[classifier].confidence).toFixed(2)
      return `The mean image alone: ${ratio('paper', 'meanImage')} by the classifier like the paper’s, ${ratio('good', 'meanImage')} by the good one; noise: ${ratio('paper', 'noise')} and ${ratio('good', 'noise')}. A collapsed model shows one picture, so its confidence says nothing about samples.`
    },
  },
  {
    number: 10,
    statement: 'Samples from N(1, 0.5) are coherent at β = 5 and not at β = 0.',
    where: 'fig. 14',
    measured: 'confidence of the good classifier in them, over the baseline, and how many classes it sees',
    criterion: 'at β = 5 at least 0.85, and at β = 0 lower by 0.05 or more',
    evaluate({ after, baselines }) {
      const baseline = baselines.judged.originals.good.confidence
      const [zero, five] = [after('beta-0').judged.shifted.good, after('beta-5').judged.shifted.good]
      const [low, high] = [zero.confidence / baseline, five.confidence / baseline]
      return {
        figures: { 'β = 0': low, 'β = 5': high, 'classes at β = 0': zero.classes, 'classes at β = 5': five.classes },
        holds: high >= 0.85 && low <= high - 0.05,
      }
    },
  },
  {
    number: 14,
    statement: 'Sampling hinders overfitting.',
    where: '4.1',
    measured: 'reconstruction on test images over that on as many training images, after the last epoch',
    criterion: 'the gap of the autoencoder is wider than that of the VAE (β = 1)',
    evaluate({ after }) {
      const gap = (model: string) => {
        const { test, seen } = after(model)
        return test.reconstruction / seen.reconstruction - 1
      }
      const [autoencoder, vae, zero] = [gap('autoencoder'), gap('beta-1'), gap('beta-0')]
      return { figures: { autoencoder, 'β = 0': zero, 'β = 1': vae }, holds: autoencoder > vae }
    },
  },
  {
    number: 16,
    statement: 'With β, samples improve and reconstructions get worse.',
    where: '5',
    measured: 'reconstruction on test images, and confidence of the good classifier in samples, at β = 0, 1, 5',
    criterion: 'both rise from each β to the next',
    evaluate({ after }) {
      const at = [0, 1, 5].map((beta) => after(`beta-${beta}`))
      const reconstructions = at.map(({ test }) => test.reconstruction)
      const confidences = at.map((one) => goodOnSamples(one).confidence)
      return {
        figures: {
          'reconstruction, β = 0': reconstructions[0] ?? Number.NaN,
          'β = 1': reconstructions[1] ?? Number.NaN,
          'β = 5': reconstructions[2] ?? Number.NaN,
          'confidence, β = 0': confidences[0] ?? Number.NaN,
          'confidence, β = 1': confidences[1] ?? Number.NaN,
          'confidence, β = 5': confidences[2] ?? Number.NaN,
        },
        holds: rises(reconstructions) && rises(confidences),
      }
    },
    note: () =>
      'Only as far as the critical β: above it there is nothing left to trade, every sample is the mean image.',
  },
]
