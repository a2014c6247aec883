/** Results of a reproduction, and access to them for claims and figures. */
import type { KnownVariance } from '../../research.js'
import type { ClassifierResults } from './classifiers.js'
import type { ExperimentResult } from './experiment.js'
import type { Snapshot } from './measure.js'
import type { PackedPictures } from './packed.js'
import type { ExperimentPlan, PaperLikelihood } from './plan.js'

/** Results of data and classifiers before any VAE. */
export interface Baselines {
  /** Source (or fingerprint) and fingerprint of the data, and the number of test images. */
  readonly data: { readonly source: string; readonly fingerprint: string; readonly test: number }
  /** Critical β, above which a VAE collapses. */
  readonly criticalBeta: Record<PaperLikelihood, number>
  /** Results of the classifiers on images from no model. */
  readonly judged: {
    readonly originals: ClassifierResults
    readonly meanImage: ClassifierResults
    readonly noise: ClassifierResults
  }
  /** First test image of each label, and these labels. */
  readonly faces: PackedPictures
  readonly labels: readonly number[]
  /** Labels of the test images. */
  readonly testLabels: readonly number[]
  /** Variance of two estimators of a known gradient, L = 1 and 10. */
  readonly known: readonly { readonly samples: number; readonly variance: KnownVariance }[]
}

/** All results of a reproduction. */
export interface Results {
  readonly plan: ExperimentPlan
  readonly baselines: Baselines
  readonly measured: readonly ExperimentResult[]
}

/** Runs of one likelihood and one seed, the input of a claim. */
export interface ExperimentRun {
  readonly likelihood: PaperLikelihood
  readonly seed: number
  readonly baselines: Baselines
  /** Epochs of the figures. */
  readonly epochs: readonly number[]
  /** Returns the run of a model, if this seed has one. */
  run(model: string): ExperimentResult | undefined
  /** Returns the snapshot of a model after an epoch; default the last. */
  after(model: string, epoch?: number): Snapshot
}

/** Selects the runs of one likelihood and seed. */
export function selectRuns(
  { plan, baselines, measured }: Results,
  likelihood: PaperLikelihood,
  seed: number,
): ExperimentRun {
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
      if (found === undefined) throw new MissingRun(`${likelihood}, ${model}, seed ${seed}, epoch ${epoch ?? 'last'}`)
      return found
    },
  }
}

/** Selects the runs of a model over all seeds. */
export function runsOf({ measured }: Results, likelihood: PaperLikelihood, model: string): ExperimentResult[] {
  return measured.filter(({ experiment: e }) => e.likelihood === likelihood && e.model === model)
}

/** Missing run of this plan; the claim is skipped for this seed. */
export class MissingRun extends Error {}
