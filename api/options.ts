import type { Dataset } from './dataset.js'

/**
 * Family of q(z|x).
 * - `'gaussian'`: N(mean, exp(logVar)) with a diagonal covariance, the VAE.
 * - `'deterministic'`: z = mean, no noise and no KL: the vanilla autoencoder.
 */
export type Posterior = 'gaussian' | 'laplace' | 'uniform' | 'deterministic'

/**
 * p(x|z), the distribution of x given by the decoder, and so the reconstruction term (summed over an example's values).
 * - `'bernoulli'`: −log p with logits, for data in [0, 1].
 * - `'squared-error'`: Σ(x − x̂)² with x̂ = sigmoid(logits), for data in [0, 1]; the paper's own term, a gaussian of
 *   σ² = ½ without its constants.
 * - `'gaussian'`: N(mean, σ²) with an identity mean and one scalar σ², constants kept, for any finite data. The short
 *   form has σ² = 1.
 */
export type Likelihood = 'bernoulli' | 'squared-error' | 'gaussian' | GaussianLikelihood

/** Gaussian likelihood with an explicit variance. */
export interface GaussianLikelihood {
  type: 'gaussian'
  /** σ²: a number above 0, or `'learned'` together with the weights. */
  variance: number | 'learned'
}

/** Device to compute on: see the option of {@link TrainOptions}. */
export type Device = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`

/** Precision of matrix products on a GPU: see the option of {@link TrainOptions}. */
export type Precision = 'f32' | 'tf32'

/**
 * Weight β of the KL term in the loss: a number from 0 up (1 gives the ELBO); a schedule, which may be cyclical; a
 * capacity; or a constraint whose multiplier is found during training. Epochs count from the step at which β is set.
 */
export type Beta = number | BetaSchedule | BetaCycles | BetaCapacity | BetaConstraint

/** Schedule that moves β from one number to another, in a straight line or half a cosine wave, then holds it. */
export interface BetaSchedule {
  /** Shape of the curve. */
  type: 'linear' | 'cosine'
  /** First β; from 0 up. */
  from: number
  /** Last β; from 0 up. */
  to: number
  /** Epochs from the first to the last; above 0. */
  epochs: number
}

/**
 * Schedule that raises β in a straight line for half of each cycle and holds it for the other half (Fu et al.,
 * "Cyclical Annealing Schedule", NAACL 2019). After the last cycle β stays.
 */
export interface BetaCycles {
  type: 'cyclical'
  /**
   * β at the start of each cycle; from 0 up.
   * @default 0
   */
  from?: number
  /** β in the second half of each cycle; from 0 up. */
  to: number
  /** Number of cycles; from 1 up. */
  cycles: number
  /** Epochs of all cycles together; above 0. */
  epochs: number
}

/**
 * Objective reconstruction + γ·|KL − C|, in which C grows from 0 in a straight line (Burgess et al., "Understanding
 * disentangling in β-VAE", 2018). β is −γ if the KL of the batch is below C, else γ.
 */
export interface BetaCapacity {
  type: 'capacity'
  /** Last C, in nats; from 0 up. */
  kl: number
  /** Epochs until C reaches `kl`; above 0. */
  epochs: number
  /**
   * γ; above 0.
   * @default 100
   */
  gamma?: number
}

/**
 * Constraint on one term. `'target-kl'`: the smallest reconstruction subject to KL ≤ `nats`, the paper's constrained
 * form (section 2.7); `'target-reconstruction'`: the smallest KL subject to reconstruction ≤ `nats`. β is the
 * multiplier, or its inverse: it follows the batches' excess over `nats`, and goes to 0 (or to infinity) if the
 * constraint is slack.
 */
export interface BetaConstraint {
  /** Constrained term. */
  type: 'target-kl' | 'target-reconstruction'
  /** Upper bound of the term, in nats; for a KL from 0 up. */
  nats: number
  /**
   * Growth of the multiplier's logarithm per step and nat of excess; above 0.
   * @default 0.002
   */
  rate?: number
}

/** Adam's step size: a number above 0, or a schedule. Epochs count from the step at which it is set. */
export type LearningRate = number | LearningRateDecay | LearningRateSteps

/** Schedule that moves the learning rate from one number to another, in a straight line or half a cosine wave. */
export interface LearningRateDecay {
  /** Shape of the curve. */
  type: 'linear' | 'cosine'
  /** First learning rate; from 0 up. */
  from: number
  /** Last learning rate, which then stays; from 0 up. */
  to: number
  /** Epochs from the first to the last; above 0. */
  epochs: number
}

/** Schedule that multiplies the learning rate by a factor at regular intervals. */
export interface LearningRateSteps {
  type: 'step'
  /** First learning rate; above 0. */
  from: number
  /** Factor at each interval; above 0. */
  factor: number
  /** Epochs of an interval; above 0. */
  every: number
}

/** Estimator of the gradient of the expectation over z. */
export type Estimator = Reparameterization | ScoreFunction

/** Reparameterisation: z is a function of noise and the parameters, differentiated through (the paper's equation 8). */
export interface Reparameterization {
  type: 'reparameterization'
  /**
   * L, draws of z for each example and step; from 1 up.
   * @default 1
   */
  samples?: number
  /**
   * Form of the KL term: closed (equations 10 and 11), or ln q(z|x) − ln p(z) of the draws (equation 9).
   *
   * `'keras-slip'` is not a KL but the term of posts that take ln σ for ln σ²: ½(μ² + σ − 1 − ln σ) in each dimension,
   * in units of the prior, while z is drawn with the right σ. Only to reproduce them; gaussian posterior, reference
   * path. Training losses have it as their `kl`; evaluation and validation, and what depends on them, use the true KL.
   * @default 'analytic'
   */
  kl?: 'analytic' | 'monte-carlo' | 'keras-slip'
}

/**
 * Score function (REINFORCE, the paper's section 2.2): z is held fixed, and the gradient of ln q(z|x) is weighted by
 * the cost of the draw, with both terms sampled. Its variance is far larger; it runs on the reference path. Not for a
 * uniform posterior, whose support moves with its parameters.
 */
export interface ScoreFunction {
  type: 'score-function'
  /**
   * L, draws of z for each example and step; from 1 up.
   * @default 1
   */
  samples?: number
  /**
   * Subtract the mean cost of the other draws first (with one draw: of the other examples).
   * @default false
   */
  baseline?: boolean
}

/** p(z), the same in every dimension; by default the standard member of the posterior's family. */
export type Prior<P extends Posterior = Posterior> = {
  gaussian: LocationScale
  laplace: LocationScale
  uniform: Interval
  deterministic: never
}[P]

/** Location and scale of a gaussian or Laplace distribution. */
export interface LocationScale {
  /**
   * Mean.
   * @default 0
   */
  location?: number
  /**
   * σ of a gaussian, b of a Laplace distribution; above 0.
   * @default 1
   */
  scale?: number
}

/** Ends of a uniform distribution. */
export interface Interval {
  /**
   * Lower end.
   * @default -1
   */
  low?: number
  /**
   * Upper end; above `low`.
   * @default 1
   */
  high?: number
}

/** Interval: at the end of every `epochs` epochs, every `seconds` seconds, or whichever of the two comes first. */
export type Every = { epochs: number; seconds?: number } | { seconds: number; epochs?: number }

/** Constants of Adam, with ε placed as in PyTorch. */
export interface AdamOptions {
  /**
   * β₁, decay of the first moment; in [0, 1).
   * @default 0.9
   */
  beta1?: number
  /**
   * β₂, decay of the second moment; in [0, 1).
   * @default 0.999
   */
  beta2?: number
  /**
   * ε, added to the square root of the second moment; above 0.
   * @default 1e-8
   */
  epsilon?: number
  /**
   * λ, weight decay: each step multiplies all parameters by 1 − η·λ, apart from the gradient (AdamW: Loshchilov and
   * Hutter, "Decoupled weight decay regularization", 2019); from 0 up.
   * @default 0
   */
  weightDecay?: number
}

/** Rule that ends a run when the validation loss stops falling. */
export interface EarlyStopping {
  /** Epochs in a row without improvement that end the run; from 1 up. */
  patience: number
  /**
   * Decrease of the validation loss, in nats, above which it counts as improved; from 0 up.
   * @default 0
   */
  minDelta?: number
}

/** Content of `probe` events, before the first step and during training: a few latents, reconstructions and samples. */
export interface ProbeOptions {
  /**
   * Number of examples, from the start of the validation data (or else of the training data); from 1 up.
   * @default 512
   */
  examples?: number
  /**
   * Interval between probes. Those at the end of epochs are stored in `out`, timed ones are not:
   * `{ epochs: 1, seconds: 1 }` gives both.
   * @default { epochs: 1 }
   */
  every?: Every
}

/**
 * Options of {@link trainVae}. All are optional, and all but `signal` and a `Dataset` for `validation` are plain JSON.
 */
export interface TrainOptions<P extends Posterior = Posterior> {
  /**
   * d, the number of latent dimensions; from 1 up.
   * @default 2
   */
  latentDim?: number
  /**
   * Widths of the encoder's hidden layers, from the data inwards; the decoder mirrors them. `[]` is a linear model.
   * @default [400]
   */
  hiddenDims?: readonly number[]
  /**
   * Non-linearity after every hidden layer.
   * @default 'relu'
   */
  activation?: 'relu' | 'tanh' | 'softplus' | 'silu' | 'identity'
  /**
   * Distribution of the initial weights. `'torch'`: weights and biases from U(±1/√fanIn), as in PyTorch's linear layer;
   * `'glorot'`: weights from U(±√(6/(fanIn + fanOut))), biases 0, as in Keras.
   * @default 'torch'
   */
  initialization?: 'torch' | 'glorot'
  /**
   * Kind of network.
   * @default 'mlp'
   */
  architecture?: 'mlp'
  /**
   * Family of q(z|x) and of the prior; `'deterministic'` is a plain autoencoder.
   * @default 'gaussian'
   */
  posterior?: P
  /**
   * p(z), the same in every dimension: `{ location, scale }`, or `{ low, high }` for a uniform one.
   * @default { location: 0, scale: 1 }
   */
  prior?: Prior<P>
  /**
   * p(x|z), and so the reconstruction term.
   * @default 'bernoulli'
   */
  likelihood?: Likelihood
  /**
   * β, the weight of the KL term in the loss: a number from 0 up, a schedule, a capacity or a constraint.
   * @default 1
   */
  beta?: Beta
  /**
   * Estimator of the gradient through z; not for a deterministic posterior, which has no noise.
   * @default { type: 'reparameterization', samples: 1, kl: 'analytic' }
   */
  estimator?: [P] extends ['deterministic'] ? never : Estimator
  /**
   * Number of passes over the training data; from 1 up.
   * @default 10
   */
  epochs?: number
  /**
   * Examples per step; the last, smaller batch of an epoch counts too. From 1 up.
   * @default 128
   */
  batchSize?: number
  /**
   * Adam's step size: a number above 0, or a schedule.
   * @default 0.001
   */
  learningRate?: LearningRate
  /** Constants of Adam. */
  adam?: AdamOptions
  /**
   * Data to evaluate after every epoch and never train on: a data set, or the part of the training data to hold
   * back, drawn by `seed`: below 1 a fraction, from 1 up a number of examples.
   * @default none
   */
  validation?: Dataset | number
  /**
   * Rule that ends the run when the validation loss stops falling.
   * @default off
   */
  earlyStopping?: EarlyStopping
  /**
   * Parameters of the resulting model: those of the last step, or those of the epoch with the lowest validation loss.
   * @default 'last'
   */
  keep?: 'last' | 'best'
  /**
   * Seed of the initial weights, the order of the examples and the noise; a whole number from 0 up. The same seed gives
   * the same bits, on any number of threads.
   * @default 1
   */
  seed?: number
  /**
   * Device to compute on. `'auto'`: the first GPU if CUDA works here, else the CPU; {@link getBackends} reports which,
   * and why. `'cuda'` is that GPU, `'cuda:1'` the second in CUDA's order. A seed draws the same noise on every device.
   * @default 'auto'
   */
  device?: Device
  /**
   * Precision of the matrix products in a GPU's training steps. `'tf32'`: on its tensor cores, factors rounded to 11
   * significant bits; faster for wide layers, and no longer the bits of the CPU. For GPUs only.
   * @default 'f32'
   */
  precision?: Precision
  /**
   * Maximum number of runs of this process that share GPU launches: a launch costs the same for several small models as
   * for one. Runs with the same value here are batched if their layers, batch size, data and precision are the same; β,
   * seed and all else may differ. Each ends as it would alone, to the bit. From 1 up; no effect on the CPU.
   * @default every run its own
   */
  members?: number
  /**
   * Number of threads that compute; from 1 up.
   * @default what the process may use
   */
  threads?: number
  /**
   * Signal that aborts the run at once and keeps only what is on disk; the run rejects with `signal.reason`. To end a
   * run and keep its model, call `stop()` on it.
   * @default none
   */
  signal?: AbortSignal
  /**
   * Folder for the run's record: `run.json`, `metrics.jsonl`, `probes/`, `checkpoint.safetensors`,
   * `model.safetensors`. One run at a time trains there.
   * @default none, nothing is written
   */
  out?: string
  /**
   * Continue the run in `out`, or start one if there is none.
   * @default false
   */
  resume?: boolean
  /**
   * Folder of another run, finished or not, to fork: the new run, in the new folder `out`, starts from its checkpoint
   * with its record up to there. Options that are not given are inherited; `beta`, `learningRate` and those that a
   * resumed run may change can be given. The other run and its folder are not changed.
   * @default none
   */
  fork?: string
  /**
   * Interval between checkpoints in `out`.
   * @default { epochs: 1, seconds: 30 }
   */
  checkpointEvery?: Every
  /**
   * Content of `probe` events, which `out` stores as `probes/0007.safetensors` for epoch 7; or `false` for none.
   * @default { examples: 512, every: { epochs: 1 } }
   */
  probe?: false | ProbeOptions
}
