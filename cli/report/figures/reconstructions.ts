/** Reconstructions: of several examples once, and of one many times (figure 3 of the paper). */

import { rows } from '../../../index.js'
import type { Figure } from '../../charts/svg/figure.js'
import { firstPerLabel, gather, rowsToTensor, spreadIndices } from '../../latent/subset.js'
import { drawExamples } from '../pictures.js'
import type { ReportInput } from '../report-input.js'
import { exampleName } from './posterior.js'

/** Examples per row. */
const across = 10

/** Draws originals above their reconstructions, one example per label if there are labels. */
export async function reconstructionFigure(input: ReportInput): Promise<Figure> {
  const { examples, prefix, ranges, signal, vae } = input
  const indices = firstPerLabel(examples.labels, across) ?? spreadIndices(examples.length, across)
  const originals = gather(examples, indices)
  const decoded: Float32Array[] = []
  for (const i of indices) decoded.push((await vae.reconstruct(examples.slice(i, i + 1), { signal })).data)
  const both = rowsToTensor([...rows(originals), ...decoded], examples.shape)
  return {
    id: `${prefix}reconstructions`,
    title: 'Reconstructions.',
    caption: `Above x, ${examples.labels ? 'the first example of each label' : 'examples from all over the data'}; below x̂, decoded from the mean of q(z|x).`,
    svg: drawExamples(both, ranges, { columns: indices.length, rowTitles: ['x', 'x̂'] }),
    data: { examples: indices, ...(examples.labels && { labels: indices.map((i) => examples.labels?.[i]) }) },
  }
}

/** Draws one example and many reconstructions from draws of its posterior. Undefined for an autoencoder. */
export async function resamplingFigure(input: ReportInput): Promise<Figure | undefined> {
  const { examples, prefix, ranges, seed, signal, vae } = input
  if (vae.posterior === 'deterministic') return undefined
  const one = examples.slice(0, 1)
  const seeds = Array.from({ length: 2 * across - 1 }, (_, k) => seed + k)
  const draws: Float32Array[] = []
  for (const seed of seeds) draws.push((await vae.reconstruct(one, { latent: 'sample', seed, signal })).data)
  const all = rowsToTensor([gather(examples, [0]).data, ...draws], examples.shape)
  return {
    id: `${prefix}resampling`,
    title: 'One example, many times.',
    caption: `${exampleName(input, 0)}, first as it is, then decoded from ${seeds.length} draws of q(z|x): the variation that sampling brings.`,
    svg: drawExamples(all, ranges, { columns: across }),
    data: { example: 0, seeds },
  }
}
