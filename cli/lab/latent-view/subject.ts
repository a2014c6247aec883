/** A run as the explorer looks at it: its newest model on disk, and where that puts the examples. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dataset, loadVae, type Vae } from '../../../index.js'
import type { Codes } from '../../latent/codes.js'
import { type Distribution, priorOf } from '../../latent/prior.js'
import { rangeOf } from '../../latent/subset.js'
import { runFiles } from '../../runs/folder.js'
import type { LabRun } from '../state/lab-run.js'

/** A model with what belongs to it. */
export interface Subject {
  readonly vae: Vae
  /** Which version of which file it is: see {@link newestModel}. */
  readonly version: string
  /** p(z) in each dimension; an autoencoder has none. */
  readonly prior: Distribution | undefined
  /** The data that the run is probed with, where they are at hand. */
  readonly probed: Dataset | undefined
  /** The first of them. */
  readonly examples: Dataset | undefined
  /** Where they lie for this model. */
  readonly codes: Codes | undefined
  /** The values that are shown as black and white. */
  readonly range: readonly [low: number, high: number]
}

/** A model file, and what tells it from the one that lay there before. */
export interface ModelFile {
  readonly path: string
  readonly version: string
}

/** More codes would hide each other, and take the time of the training beside them. */
const mostExamples = 2000

/** Of a run that has ended its model, of one that goes on its newest checkpoint; nothing where there is neither. */
export async function newestModel({ folder, history }: LabRun): Promise<ModelFile | undefined> {
  const { model, checkpoint } = runFiles
  for (const file of history.end === undefined ? [checkpoint, model] : [model, checkpoint]) {
    const path = join(folder, file)
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined) return { path, version: `${path} ${found.mtimeMs} ${found.size}` }
  }
  return undefined
}

/** Loads a model of the run and encodes the examples with it. */
export async function openSubject({ path, version }: ModelFile, run: LabRun): Promise<Subject> {
  // One thread answers within a millisecond, and training beside it wants the others.
  const vae = await loadVae(path, { threads: 1 })
  try {
    const { probed } = run
    const examples = probed?.slice(0, mostExamples)
    const prior = vae.posterior === 'deterministic' ? undefined : priorOf(vae)
    const range = examples === undefined ? ([0, 1] as const) : rangeOf(examples)
    return { vae, version, prior, probed, examples, codes: examples && (await codesOf(vae, examples)), range }
  } catch (error) {
    vae.dispose()
    throw error
  }
}

async function codesOf(vae: Vae, examples: Dataset): Promise<Codes> {
  const encoding = await vae.encode(examples)
  const { labels } = examples
  return { means: encoding.mean, encoding, epoch: vae.trained.epoch, ...(labels && { labels }) }
}
