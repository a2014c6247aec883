/** Claims about the latent space: 1, 2, 3, 7, 11 and 15. */

import { mean } from '../../base/statistics.js'
import type { Snapshot } from '../measure.js'
import { rankCorrelation, rises } from '../statistics.js'
import type { Claim } from './claim.js'

/** Root mean square distance of codes from their mean, per dimension. */
function rmsDistance({ latents }: Snapshot): number {
  const d = latents.mean.length
  const trace = latents.mean.reduce((sum, _, i) => sum + (latents.covariance[i * d + i] ?? 0), 0)
  return Math.sqrt(trace / d)
}

/** Length of the mean, and least and largest variance over directions. */
function meanAndVariances({ latents: { mean, covariance } }: Snapshot): { distance: number; min: number; max: number } {
  const [a = 1, b = 0, , d = 1] = covariance
  const [middle, half] = [(a + d) / 2, Math.hypot((a - d) / 2, b)]
  return { distance: Math.hypot(...mean), min: middle - half, max: middle + half }
}

export const latentClaims: readonly Claim[] = [
  {
    number: 1,
    statement: "An autoencoder's latents spread far more than a VAE's.",
    where: 'fig. 2, 4',
    measured: 'standard deviation of the test images’ codes per dimension, after the last epoch',
    criterion: 'that of the autoencoder is more than twice that of the VAE (β = 1)',
    evaluate({ after }) {
      const [autoencoder, vae] = [rmsDistance(after('autoencoder')), rmsDistance(after('beta-1'))]
      return { figures: { autoencoder, VAE: vae }, holds: autoencoder > 2 * vae }
    },
  },
  {
    number: 2,
    statement: "Encoding one digit again and again gives variations, which grow with the posterior's variance.",
    where: 'fig. 3',
    measured: '32 decoded draws of each of 200 test images: the variance of a pixel, and its rank correlation with Σσ²',
    criterion: 'the variance is above 0 and the correlation above 0.3',
    evaluate({ run }) {
      const { variances = [] } = run('beta-1')?.studies.reencoding ?? {}
      const correlation = rankCorrelation(variances)
      const varies = mean(variances.map(([, pixels]) => pixels))
      return { figures: { 'variance of a pixel': varies, correlation }, holds: varies > 0 && correlation > 0.3 }
    },
  },
  {
    number: 3,
    statement: "The VAE's aggregate posterior is near N(0, I).",
    where: 'fig. 4',
    measured: 'one draw for each test image at β = 1: the length of their mean, the variance along the main axes, MMD²',
    criterion: 'mean within 0.25 of 0, variances from 0.75 to 1.25',
    evaluate({ after }) {
      const vae = after('beta-1')
      const { distance, min, max } = meanAndVariances(vae)
      return {
        figures: {
          'length of the mean': distance,
          'least variance': min,
          'largest variance': max,
          'MMD² to the prior': vae.latents.mmd,
          'the autoencoder’s': after('autoencoder').latents.mmd,
        },
        holds: distance < 0.25 && min > 0.75 && max < 1.25,
      }
    },
  },
  {
    number: 7,
    statement: 'At β = 50 latents are near normal and classes mixed.',
    where: 'fig. 9',
    measured: 'after the last epoch at β = 50: MMD² to the prior, the label of five nearest neighbours, KL',
    criterion: 'MMD² below 0.005, and neighbours name less than half of the labels',
    evaluate({ after }) {
      const { latents, test } = after('beta-50')
      const accuracy = latents.neighbourAccuracy ?? Number.NaN
      return {
        figures: { 'MMD²': latents.mmd, 'neighbours right': accuracy, KL: test.kl },
        holds: latents.mmd < 0.005 && accuracy < 0.5,
      }
    },
    note: ({ baselines: { criticalBeta } }) =>
      `Because the model has collapsed: every code is a draw from the prior and every picture the mean image (critical β ${criticalBeta.bernoulli.toFixed(1)} bernoulli, ${criticalBeta['squared-error'].toFixed(1)} squared error).`,
  },
  {
    number: 11,
    statement: 'Laplace latents behave almost as Gaussian ones.',
    where: 'end of 4.2',
    measured: '−ELBO and KL on test images at β = 1, both families',
    criterion: '−ELBO within 3 % of the Gaussian’s',
    evaluate({ after }) {
      const [laplace, gaussian] = [after('laplace').test, after('beta-1').test]
      return {
        figures: {
          '−ELBO Laplace': -laplace.elbo,
          Gaussian: -gaussian.elbo,
          'KL Laplace': laplace.kl,
          'KL Gaussian': gaussian.kl,
        },
        holds: Math.abs(laplace.elbo / gaussian.elbo - 1) < 0.03,
      }
    },
  },
  {
    number: 15,
    statement: 'Clusters separate better with each epoch.',
    where: 'fig. 5 to 8',
    measured: 'labels of five nearest neighbours, and silhouette, at β = 1 after the epochs of the figures',
    criterion: 'both rise from each of these epochs to the next',
    evaluate({ after, epochs }) {
      const at = epochs.map((epoch) => after('beta-1', epoch).latents)
      const accuracies = at.map(({ neighbourAccuracy = Number.NaN }) => neighbourAccuracy)
      const silhouettes = at.map(({ silhouette = Number.NaN }) => silhouette)
      const named = (name: string, values: readonly number[]) =>
        values.map((value, i) => [`${name}, epoch ${epochs[i]}`, value])
      return {
        figures: Object.fromEntries([...named('neighbours right', accuracies), ...named('silhouette', silhouettes)]),
        holds: rises(accuracies) && rises(silhouettes),
      }
    },
  },
]
