/** Figures 5 to 9 and 14: latent spaces, reconstructions and samples over epochs and β. */
import type { Figure } from '../../charts/svg/figure.js'
import { panels } from '../../charts/svg/panels.js'
import type { Snapshot } from '../measure.js'
import type { Results } from '../results.js'
import { drawPictures, drawPlane, likelihoodNames, picturesOf, runsWithPictures } from './shared.js'

const rowTitles = ['latent space', 'reconstructions', 'samples']

/** Draws a figure per epoch and likelihood, and those of β = 50 and of N(1, 0.5). */
export function epochFigures(results: Results): Figure[] {
  const labels = results.baselines.testLabels
  const column = (snapshot: Snapshot) => {
    const shown = picturesOf(snapshot)
    return [
      drawPlane(snapshot, labels, { step: 4 }),
      drawPictures(shown.reconstructions, 5, 1.6),
      drawPictures(shown.samples, 4, 2),
    ]
  }
  const columns = (snapshots: readonly Snapshot[], titles: readonly string[]) => {
    const drawn = snapshots.map(column)
    return panels(
      rowTitles.map((_, row) => drawn.map((one) => one[row] ?? '')),
      { columnTitles: titles, rowTitles },
    )
  }
  const numbers = (snapshots: readonly Snapshot[]) =>
    snapshots.map(({ epoch, test, latents, pictures }) => ({ epoch, test, latents, pictures }))
  return runsWithPictures(results).flatMap(({ likelihood, after, epochs }) => {
    const of = likelihoodNames[likelihood]
    const three = epochs.map((epoch, i): Figure => {
      const snapshots = [0, 1, 5].map((beta) => after(`beta-${beta}`, epoch))
      return {
        id: `figure-0${5 + i}-${likelihood}`,
        title: `Figure ${5 + i}. β = 0, 1 and 5 after epoch ${epoch}: ${of}`,
        caption:
          'Means of q(z|x) of every fourth test image, coloured by digit; ten reconstructed test images; sixteen samples from the prior, the same draws of z in every figure. Seed 1.',
        svg: columns(snapshots, ['β = 0', 'β = 1', 'β = 5']),
        data: numbers(snapshots),
      }
    })
    const last = epochs.at(-1) ?? 1
    const first = epochs[0] ?? 1
    const extremes = [1, 50].flatMap((beta) => [first, last].map((epoch) => after(`beta-${beta}`, epoch)))
    const shifted = [0, 5].map((beta) => after(`beta-${beta}`))
    return [
      ...three,
      {
        id: `figure-09-${likelihood}`,
        title: `Figure 9. β = 1 and 50 after epochs ${first} and ${last}: ${of}`,
        caption: 'As in figures 5 to 8.',
        svg: columns(
          extremes,
          [1, 50].flatMap((beta) => [first, last].map((epoch) => `β = ${beta}, epoch ${epoch}`)),
        ),
        data: numbers(extremes),
      },
      {
        id: `figure-14-${likelihood}`,
        title: `Figure 14. Samples from N(1, 0.5) at β = 0 and 5: ${of}`,
        caption: 'Each coordinate of z has mean 1 and standard deviation 0.5. Seed 1, last epoch.',
        svg: panels([shifted.map((one) => drawPictures(picturesOf(one).shifted, 4, 2.4))], {
          columnTitles: ['β = 0', 'β = 5'],
        }),
        data: shifted.map(({ pictures: kept, judged }) => ({ shifted: kept?.shifted, judged: judged.shifted })),
      },
    ]
  })
}
