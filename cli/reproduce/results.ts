/** All that a reproduction has found, and how claims and figures ask for it. */
import type { KnownVariance } from '../../research.js'
import type { Measured } from './experiment.js'
import type { Verdicts } from './judges.js'
import type { Snapshot } from './measure.js'
import type { PackedPictures } from './packed.js'
import type { PaperLikelihood, Plan } from './plan.js'

/** What the data and the judges are, before any VAE. */
export interface Baselines {
  /** The data: its source or fingerprint, and how many test images. */
  readonly data: { readonly source: string; readonly fingerprint: string; readonly test: number }
  /** The β above which a VAE collapses. */
  readonly criticalBeta: Record<PaperLikelihood, number>
  /** What the judges say of images that no model has made. */
  readonly judged: { readonly originals: Verdicts; readonly meanImage: Verdicts; readonly noise: Verdicts }
  /** The first test image of each label, and what it is a picture of. */
  readonly faces: PackedPictures
  readonly labels: readonly number[]
  /** The labels of the test images. */
  readonly testLabels: readonly number[]
  /** Two estimators of a gradient that is known, L = 1 and 10. */
  readonly known: readonly { readonly samples: number; readonly variance: KnownVariance }[]
}

/** All of it. */
export interface Results {
  readonly plan: Plan
  readonly baselines: Baselines
  readonly measured: readonly Measured[]
}

/** The runs of one likelihood and one seed: what a claim is tried on. */
export interface Trial {
  readonly likelihood: PaperLikelihood
  readonly seed: number
  readonly baselines: Baselines
  /** The epochs of the figures. */
  readonly epochs: readonly number[]
  /** A model by name, if this seed has trained it. */
  run(model: string): Measured | undefined
  /** A model after an epoch, the last unless said. */
  after(model: string, epoch?: number): Snapshot
}

/** The runs of one likelihood and seed. */
export function trial({ plan, baselines, measured }: Results, likelihood: PaperLikelihood, seed: number): Trial {
  const runs = measured.filter(({ experiment: e }) => e.likelihood === likelihood && e.seed === seed)
  const run = (model: string) => runs.find(({ experiment }) => experiment.model === model)
  return {
    likelihood,
    seed,
    baselines,
    epochs: plan.epochs,
    run,
    after(model, epoch) {
      const snapshots = run(model)?.snapshots ?? []
      const found = epoch === undefined ? snapshots.at(-1) : snapshots.find((one) => one.epoch === epoch)
      if (found === undefined) throw new Missing(`${likelihood}, ${model}, seed ${seed}, epoch ${epoch ?? 'last'}`)
      return found
    },
  }
}

/** The runs of a model over all seeds. */
export function runsOf({ measured }: Results, likelihood: PaperLikelihood, model: string): Measured[] {
  return measured.filter(({ experiment: e }) => e.likelihood === likelihood && e.model === model)
}

/** A run that this plan has not trained: the claim is not tried on this seed. */
export class Missing extends Error {}
