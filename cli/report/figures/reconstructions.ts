/** What the model makes of examples: of several once, and of one many times (figure 3 of the paper). */

import { rows } from '../../../index.js'
import type { Figure } from '../../charts/svg/figure.js'
import { gathered, joined, oneOfEach, spread } from '../../latent/subset.js'
import { pictured } from '../pictures.js'
import type { Subject } from '../subject.js'
import { exampleName } from './posterior.js'

/** Examples in a row. */
const across = 10

/** Originals above their reconstructions, one example of each label where there are labels. */
export async function reconstructionFigure(subject: Subject): Promise<Figure> {
  const { examples, prefix, range, signal, vae } = subject
  const indices = oneOfEach(examples.labels, across) ?? spread(examples.length, across)
  const originals = gathered(examples, indices)
  const decoded: Float32Array[] = []
  for (const i of indices) decoded.push((await vae.reconstruct(examples.slice(i, i + 1), { signal })).data)
  const both = joined([...rows(originals), ...decoded], examples.shape)
  return {
    id: `${prefix}reconstructions`,
    title: 'Reconstructions.',
    caption: `Above x, ${examples.labels ? 'the first example of each label' : 'examples from all over the data'}; below x̂, decoded from the mean of q(z|x).`,
    svg: pictured(both, range, { columns: indices.length, rowTitles: ['x', 'x̂'] }),
    data: { examples: indices, ...(examples.labels && { labels: indices.map((i) => examples.labels?.[i]) }) },
  }
}

/** One example and what comes of encoding it and decoding a draw, again and again. None of an autoencoder. */
export async function resamplingFigure(subject: Subject): Promise<Figure | undefined> {
  const { examples, prefix, range, seed, signal, vae } = subject
  if (vae.posterior === 'deterministic') return undefined
  const one = examples.slice(0, 1)
  const seeds = Array.from({ length: 2 * across - 1 }, (_, k) => seed + k)
  const draws: Float32Array[] = []
  for (const seed of seeds) draws.push((await vae.reconstruct(one, { latent: 'sample', seed, signal })).data)
  const all = joined([gathered(examples, [0]).data, ...draws], examples.shape)
  return {
    id: `${prefix}resampling`,
    title: 'One example, many times.',
    caption: `${exampleName(subject, 0)}, first as it is, then decoded from ${seeds.length} draws of q(z|x): the variation that sampling brings.`,
    svg: pictured(all, range, { columns: across }),
    data: { example: 0, seeds },
  }
}
