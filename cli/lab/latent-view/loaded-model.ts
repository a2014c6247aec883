/** Newest model of a run on disk, and its codes of the examples. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dataset, loadVae, type Vae, type ValueRange } from '../../../index.js'
import type { Codes } from '../../latent/codes.js'
import type { Distribution } from '../../latent/distribution.js'
import { priorOf } from '../../latent/prior.js'
import { rangeOf } from '../../latent/subset.js'
import { runFiles } from '../../runs/folder.js'
import type { LabRun } from '../state/lab-run.js'

/** Model with its prior, examples and codes. */
export interface LoadedModel {
  readonly vae: Vae
  /** Version of the file: see {@link newestModel}. */
  readonly version: string
  /** p(z) in each dimension; undefined for an autoencoder. */
  readonly prior: Distribution | undefined
  /** Probe data of the run, if available. */
  readonly probed: Dataset | undefined
  /** First examples of `probed`. */
  readonly examples: Dataset | undefined
  /** Codes of `examples` under this model. */
  readonly codes: Codes | undefined
  /** Values shown as black and white. */
  readonly range: ValueRange
}

/** Model file, and a version that changes whenever it is written. */
export interface ModelFile {
  readonly path: string
  readonly version: string
}

/** Maximum number of examples: more codes would hide each other and slow down training beside them. */
const maxExamples = 2000

/** Finds the model of an ended run, or the newest checkpoint of a running one; undefined if there is neither. */
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
export async function openModel({ path, version }: ModelFile, run: LabRun): Promise<LoadedModel> {
  // One thread decodes within a millisecond and leaves the others to training.
  const vae = await loadVae(path, { threads: 1 })
  try {
    const { probed } = run
    const examples = probed?.slice(0, maxExamples)
    const prior = vae.posterior === 'deterministic' ? undefined : priorOf(vae)
    const codes = examples && (await codesOf(vae, examples))
    return { vae, version, prior, probed, examples, codes, range: rangeOf(vae, examples) }
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
