import type { VaeError } from './errors.js'
import type { Beta, LearningRate, Precision, TrainOptions } from './options.js'
import type { Latents, Tensor } from './tensor.js'

/** The terms of the objective: means over examples, in nats. */
export interface Losses {
  /** reconstruction + beta·kl, which the optimiser minimises; the Lagrangian if β is the multiplier of a constraint. */
  readonly loss: number
  /** −(reconstruction + kl), for any beta; higher is better. */
  readonly elbo: number
  /** −E_q[log p(x|z)], summed over the values of an example. */
  readonly reconstruction: number
  /**
   * KL(q(z|x) ‖ p(z)), summed over latent dimensions, never multiplied by beta; in a training step, the KL term of its
   * objective (`estimator.kl`).
   */
  readonly kl: number
  /** beta·kl / (reconstruction + beta·kl). */
  readonly klShare: number
  /** Weight of the KL term in `loss`. */
  readonly beta: number
}

/** Losses over a data set, with figures to judge them by. */
export interface Evaluation extends Losses {
  /** Number of examples. */
  readonly n: number
  /** Standard error of the mean elbo over examples, in nats. */
  readonly standardError: number
  /** KL of each latent dimension in nats, mean over examples; length d. */
  readonly klPerDimension: Float32Array
  /**
   * Number of latent dimensions in use: those whose mean has a variance over the examples above 0.01 of the prior's
   * variance (1 by default; of a deterministic posterior, which has no prior, above 0.01).
   */
  readonly activeUnits: number
  /** Lowest reconstruction term that any decoder can reach on this data, in nats; absent if there is no such bound. */
  readonly floor?: number
  /** Reconstruction term of a decoder that always returns the training data's mean example, in nats. */
  readonly ceiling: number
  /** (ceiling − reconstruction) / (ceiling − floor): 0 for the mean example, 1 for the best decoder. */
  readonly explained?: number
  /**
   * Number of values beyond the training data's range, which counted as its ends: `scale: 'unit'` on floats, with a
   * likelihood of [0, 1]. Else 0; absent in records of older versions.
   */
  readonly clamped?: number
}

/** Outcome of a run. */
export type EndStatus = 'completed' | 'stopped' | 'aborted' | 'diverged' | 'failed'

/** Time of an event: step, epoch and seconds. */
export interface StepStamp {
  /** Optimiser steps taken before it. */
  readonly step: number
  /** Epoch that it belongs to, from 1; 0 before the first step. */
  readonly epoch: number
  /** Seconds of training before it. */
  readonly seconds: number
}

/** @deprecated The former name of {@link StepStamp}. */
export type Moment = StepStamp

/** First event: options, data and engine of the run. */
export interface StartEvent extends StepStamp {
  readonly type: 'start'
  /** The options of the run, defaults filled in. */
  readonly options: Readonly<TrainOptions>
  /**
   * β on the scale ½·SSE/σ² + β·KL, or Σ BCE + β·KL, for comparing runs and code bases; the first β of a schedule or a
   * constraint.
   */
  readonly effectiveBeta: number
  /** Lowest reconstruction term that any decoder can reach on this data, in nats; absent if there is no such bound. */
  readonly floor?: number
  /** Reconstruction term of a decoder that always returns the mean example, in nats. */
  readonly ceiling: number
  /**
   * β above which a model collapses on this data: computed from all examples if they have up to 2²² values, else
   * estimated from two samples of that size. The estimate is within a few hundredths where one direction stands out of
   * the noise, as in pictures; in noise it is too high, by a half for 5,000 examples of 12,288 values. Present for a
   * gaussian posterior, at the start of a run and not on resume; `criticalBeta` of `vae-native/research` uses all of
   * the data.
   */
  readonly criticalBeta?: number
  /** Number of examples that `criticalBeta` was computed from; present with it. */
  readonly criticalBetaExamples?: number
  /** Meaning of the data's values, in words. */
  readonly scaling: string
  /** Notes on how the data were read, one clause each; absent if nothing was. */
  readonly notes?: readonly string[]
  /** Engine of the run. */
  readonly engine: Engine
  /** Step that the run was resumed from, or forked at. */
  readonly resumedFrom?: number
  /** Folder of the run that this one is forked from, at the start of a fork. */
  readonly forkedFrom?: string
}

/** Level of vector instructions that the fused path is compiled for. All of them give the same bits. */
export type Isa = 'scalar' | 'avx2' | 'avx512' | 'neon'

/** Engine of a run: device, path and threads. */
export interface Engine {
  readonly device: 'cpu' | 'cuda'
  /** Name of the GPU, if it is one. */
  readonly gpu?: string
  /** Reason why it is not a GPU, if one was tried: `device` is `'auto'`, and an addon with CUDA is installed. */
  readonly noGpu?: string
  /** `'fused'` is the fast path, `'reference'` the one that supports every option. */
  readonly path: 'fused' | 'reference'
  /**
   * Instructions of the fused path: the fastest of the CPU, unless `VAE_NATIVE_ISA` names others; `'cuda'` on a GPU.
   */
  readonly isa?: Isa | 'cuda'
  /** True if the fused path skips the zeros of the data, which is faster when there are many. */
  readonly sparse?: boolean
  /** Precision of the matrix products in training steps, on a GPU's fused path. */
  readonly precision?: Precision
  /** Reason why the path is not the fused one. */
  readonly reason?: string
  readonly threads: number
}

/** Progress within an epoch. A slow consumer receives only the newest step, which then stands for several. */
export interface StepEvent extends StepStamp {
  readonly type: 'step'
  /** Losses of this step's batch. */
  readonly train: Losses
  /** Adam's step size in this step, if it follows a schedule. */
  readonly learningRate?: number
  readonly examplesPerSecond: number
  /** Number of earlier steps dropped before this one. */
  readonly coalesced: number
}

/** End of an epoch. */
export interface EpochEvent extends StepStamp {
  readonly type: 'epoch'
  /** Means over the epoch's examples, measured during training. */
  readonly train: Losses
  /** Losses on the validation data after the epoch. */
  readonly validation?: Evaluation
  readonly examplesPerSecond: number
  /** True if this is the lowest validation loss so far. */
  readonly best: boolean
}

/** Snapshot of the model, before the first step and during training. A slow consumer receives only the newest. */
export interface ProbeEvent extends StepStamp {
  readonly type: 'probe'
  /** Means of q(z|x), (n, d). */
  readonly latents: Latents
  /** Labels of the n examples, if the data has labels. */
  readonly labels?: Int32Array
  /** Reconstructions of the first examples in the data's units, (k, ...shape). */
  readonly reconstructions: Tensor
  /** Samples from the prior in the data's units, (k, ...shape); the same draws of z at every probe. */
  readonly samples: Tensor
}

/** A control of the run took effect. */
export interface Control extends StepStamp {
  readonly type: 'control'
  /** Name of the control. A `'step'` is reported after its step, and leaves the run paused. */
  readonly name: 'beta' | 'learningRate' | 'pause' | 'resume' | 'step' | 'stop'
  /** Value before, if there is one. */
  readonly from?: number
  /** Value after, if there is one. */
  readonly to?: number
  /** Rule that β or the learning rate follows from then on, unless it is constant. */
  readonly rule?: Exclude<Beta | LearningRate, number>
  readonly by: 'api'
}

/** A complete checkpoint or model is on disk. */
export interface CheckpointEvent extends StepStamp {
  readonly type: 'checkpoint'
  readonly path: string
  readonly reason: 'schedule' | 'request' | 'stop'
}

/** A problem that does not stop training. */
export interface WarningEvent extends StepStamp {
  readonly type: 'warning'
  readonly code:
    | 'clamped'
    | 'collapse-predicted'
    | 'collapsed'
    | 'dead-dimensions'
    | 'overfitting'
    | 'checkpoint-failed'
    | 'probe-failed'
  /** One sentence for the user. */
  readonly message: string
}

/** Last event, whatever the outcome. */
export interface EndEvent extends StepStamp {
  readonly type: 'end'
  readonly status: EndStatus
  /** Number of finished epochs. */
  readonly epochs: number
  /** Last losses on the validation data, or those of the kept epoch. */
  readonly validation?: Losses
  /** Path of the written model. */
  readonly model?: string
  /** Error that the run rejects with, if it diverged or failed. */
  readonly error?: VaeError
}

/** An event of a run; `type` is its kind. */
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
