import type { VaeError } from './errors.js'
import type { Beta, LearningRate, Precision, TrainOptions } from './options.js'
import type { Latents, Tensor } from './tensor.js'

/** The terms of the objective: means over examples, in nats. */
export interface Losses {
  /** reconstruction + beta·kl: what the optimiser minimises; the Lagrangian where β is found by a constraint. */
  readonly loss: number
  /** −(reconstruction + kl), whatever beta is; higher is better. */
  readonly elbo: number
  /** −E_q[log p(x|z)], summed over the values of an example. */
  readonly reconstruction: number
  /**
   * KL(q(z|x) ‖ p(z)), summed over latent dimensions, never multiplied by beta; of a training step, what its objective took
   * for it (`estimator.kl`).
   */
  readonly kl: number
  /** beta·kl / (reconstruction + beta·kl). */
  readonly klShare: number
  /** The weight of the KL term that `loss` was computed with. */
  readonly beta: number
}

/** Losses over a data set, with what they mean. */
export interface Evaluation extends Losses {
  /** How many examples. */
  readonly n: number
  /** Standard error of the mean elbo over examples, in nats. */
  readonly standardError: number
  /** KL of each latent dimension in nats, mean over examples; length d. */
  readonly klPerDimension: Float32Array
  /** How many latent dimensions the model uses: those whose mean varies over the examples, by a variance above 0.01. */
  readonly activeUnits: number
  /** The lowest reconstruction term that any decoder can reach on this data, in nats; where there is such a bound. */
  readonly floor?: number
  /** The reconstruction term of a decoder that always shows the training data's mean example, in nats. */
  readonly ceiling: number
  /** (ceiling − reconstruction) / (ceiling − floor): 0 for the mean example, 1 for the best decoder. */
  readonly explained?: number
}

/** How a run can end. */
export type EndStatus = 'completed' | 'stopped' | 'aborted' | 'diverged' | 'failed'

/** When something happened. */
export interface Moment {
  /** Optimiser steps taken before it. */
  readonly step: number
  /** The epoch it belongs to, from 1; 0 before the first step. */
  readonly epoch: number
  /** Seconds of training before it. */
  readonly seconds: number
}

/** The first event: what is trained, and on what. */
export interface StartEvent extends Moment {
  readonly type: 'start'
  /** The options of the run, defaults filled in. */
  readonly options: Readonly<TrainOptions>
  /**
   * β on the scale ½·SSE/σ² + β·KL, or Σ BCE + β·KL, to compare runs and code bases by; of a schedule or a constraint the
   * first.
   */
  readonly effectiveBeta: number
  /** The lowest reconstruction term that any decoder can reach on this data, in nats; where there is such a bound. */
  readonly floor?: number
  /** The reconstruction term of a decoder that always shows the mean example, in nats. */
  readonly ceiling: number
  /**
   * The β above which a model collapses on these data, by a sample of them: some hundredths too high rather than too low.
   * Told of a gaussian posterior, at the start of a run and not where it is resumed; `criticalBeta` of
   * `vae-native/research` takes all of the data.
   */
  readonly criticalBeta?: number
  /** What the values of the data mean, in words. */
  readonly scaling: string
  /** What computes. */
  readonly engine: Engine
  /** The step that the run was resumed from, or forked at. */
  readonly resumedFrom?: number
  /** The folder of the run that this one is a fork of, where it begins as one. */
  readonly forkedFrom?: string
}

/** A level of vector instructions that the fused path is compiled for. All of them give the same bits. */
export type Isa = 'scalar' | 'avx2' | 'avx512' | 'neon'

/** What computes a run. */
export interface Engine {
  readonly device: 'cpu' | 'cuda'
  /** The GPU's name, if it is one. */
  readonly gpu?: string
  /** Why it is not a GPU, if one was looked for: `device` is `'auto'`, and an addon with CUDA is installed. */
  readonly noGpu?: string
  /** `'fused'` is the fast path, `'reference'` the one that does everything. */
  readonly path: 'fused' | 'reference'
  /**
   * The instructions of the fused path: the fastest that the CPU has, unless `VAE_NATIVE_ISA` names others; `'cuda'` on a
   * GPU.
   */
  readonly isa?: Isa | 'cuda'
  /** On the fused path: whether the zeros of the data are left out, which pays where there are many. */
  readonly sparse?: boolean
  /** How exactly a GPU's fused path takes the products of training steps. */
  readonly precision?: Precision
  /** Why the path is not the fused one. */
  readonly reason?: string
  readonly threads: number
}

/** Progress within an epoch. May stand for several steps: if a consumer is slow, the newest wins. */
export interface StepEvent extends Moment {
  readonly type: 'step'
  /** Losses of this step's batch. */
  readonly train: Losses
  /** Adam's step size in this step, where it follows a schedule. */
  readonly learningRate?: number
  readonly examplesPerSecond: number
  /** How many earlier steps were left out before this one. */
  readonly coalesced: number
}

/** An epoch is done. */
export interface EpochEvent extends Moment {
  readonly type: 'epoch'
  /** Means over the epoch's examples, measured while training. */
  readonly train: Losses
  /** Losses on the validation data after the epoch. */
  readonly validation?: Evaluation
  readonly examplesPerSecond: number
  /** Whether this is the lowest validation loss so far. */
  readonly best: boolean
}

/** A look at the model before the first step and while it trains. If a consumer is slow, the newest wins. */
export interface ProbeEvent extends Moment {
  readonly type: 'probe'
  /** The means of q(z|x), (n, d). */
  readonly latents: Latents
  /** The labels of the n examples, where the data has labels. */
  readonly labels?: Int32Array
  /** Reconstructions of the first examples, (k, ...shape). */
  readonly reconstructions: Tensor
  /** Samples from the prior, (k, ...shape); the same draws of z at every probe. */
  readonly samples: Tensor
}

/** Someone took hold of the run. */
export interface Control extends Moment {
  readonly type: 'control'
  /** A `'step'` is told after the step that it asked for, and leaves the run paused. */
  readonly name: 'beta' | 'learningRate' | 'pause' | 'resume' | 'step' | 'stop'
  /** The value before, where there is one. */
  readonly from?: number
  /** The value after, where there is one. */
  readonly to?: number
  /** Rule that β or the learning rate follows from then on, where it does not stay as it is. */
  readonly rule?: Exclude<Beta | LearningRate, number>
  readonly by: 'api'
}

/** A checkpoint or model is on disk, complete. */
export interface CheckpointEvent extends Moment {
  readonly type: 'checkpoint'
  readonly path: string
  readonly reason: 'schedule' | 'request' | 'stop'
}

/** Something that its owner would want to know; training goes on. */
export interface WarningEvent extends Moment {
  readonly type: 'warning'
  readonly code:
    | 'collapse-predicted'
    | 'collapsed'
    | 'dead-dimensions'
    | 'overfitting'
    | 'checkpoint-failed'
    | 'probe-failed'
  /** One sentence for a person. */
  readonly message: string
}

/** The last event, in every outcome. */
export interface EndEvent extends Moment {
  readonly type: 'end'
  readonly status: EndStatus
  /** How many epochs were finished. */
  readonly epochs: number
  /** The last losses on validation data, or those of the kept epoch. */
  readonly validation?: Losses
  /** Where the model was written. */
  readonly model?: string
  /** What the run rejects with, if it diverged or failed. */
  readonly error?: VaeError
}

/** What a run tells while it goes on; `type` says which. */
export type TrainingEvent =
  | StartEvent
  | StepEvent
  | EpochEvent
  | ProbeEvent
  | Control
  | CheckpointEvent
  | WarningEvent
  | EndEvent

/** Every value of `type`. */
export const eventTypes: readonly TrainingEvent['type'][] = [
  'start',
  'step',
  'epoch',
  'probe',
  'control',
  'checkpoint',
  'warning',
  'end',
]

/** The event of one type, or of several. */
export type EventOf<T extends TrainingEvent['type']> = Extract<TrainingEvent, { type: T }>
