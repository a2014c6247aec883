import type { Dataset } from './dataset.js'

/**
 * The family of q(z|x).
 * - `'gaussian'`: N(mean, exp(logVar)) with a diagonal covariance, the VAE.
 * - `'deterministic'`: z = mean, no noise and no KL: the vanilla autoencoder.
 */
export type Posterior = 'gaussian' | 'laplace' | 'uniform' | 'deterministic'

/**
 * p(x|z): what the decoder says about x, and so the reconstruction term (summed over the values of an example).
 * - `'bernoulli'`: −log p with logits, for data in [0, 1].
 * - `'squared-error'`: Σ(x − x̂)² with x̂ = sigmoid(logits), for data in [0, 1]; the paper's own term, a gaussian of
 *   σ² = ½ without its constants.
 * - `'gaussian'`: N(mean, σ²) with an identity mean and one scalar σ², constants kept, for any finite data. The short
 *   form is σ² = 1.
 */
export type Likelihood = 'bernoulli' | 'squared-error' | 'gaussian' | GaussianLikelihood

/** The gaussian likelihood with its variance said. */
export interface GaussianLikelihood {
  type: 'gaussian'
  /** σ², above 0, or `'learned'` together with the weights. */
  variance: number | 'learned'
}

/** Where to compute: see the option of {@link TrainOptions}. */
export type Device = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`

/** How exactly a GPU takes products: see the option of {@link TrainOptions}. */
export type Precision = 'f32' | 'tf32'

/**
 * The weight β of the KL term in the loss: a number from 0 up, of which 1 is the ELBO; a schedule, which may start anew in
 * cycles; a capacity; or a constraint whose multiplier is found while it trains. Epochs count from where β is set.
 */
export type Beta = number | BetaSchedule | BetaCycles | BetaCapacity | BetaConstraint

/** β goes from one number to another, in a straight line or as half a wave, and stays there. */
export interface BetaSchedule {
  /** The way from the first to the last. */
  type: 'linear' | 'cosine'
  /** From 0 up. */
  from: number
  /** From 0 up. */
  to: number
  /** After so many epochs; above 0. */
  epochs: number
}

/**
 * β grows in a straight line for half of each cycle and stays for the other half, as in Fu et al., "Cyclical Annealing
 * Schedule" (NAACL 2019); after the last cycle it stays.
 */
export interface BetaCycles {
  type: 'cyclical'
  /**
   * From 0 up.
   * @default 0
   */
  from?: number
  /** From 0 up. */
  to: number
  /** From 1 up. */
  cycles: number
  /** That all cycles take together; above 0. */
  epochs: number
}

/**
 * The objective reconstruction + γ·|KL − C|, whose C grows from 0 in a straight line (Burgess et al., "Understanding
 * disentangling in β-VAE", 2018). β is γ or −γ, by the side of C on which the KL of the batch is.
 */
export interface BetaCapacity {
  type: 'capacity'
  /** The last C, in nats; from 0 up. */
  kl: number
  /** After so many epochs; above 0. */
  epochs: number
  /**
   * γ; above 0.
   * @default 100
   */
  gamma?: number
}

/**
 * `'target-kl'`: the smallest reconstruction of all models with KL ≤ `nats`, which is the paper's constrained form (section
 * 2.7); `'target-reconstruction'`: the smallest KL of all with reconstruction ≤ `nats`. β is the multiplier, or its
 * inverse: it moves by what the batches are above or below, and goes to 0 (or to infinity) where the constraint is slack.
 */
export interface BetaConstraint {
  /** Which term is held. */
  type: 'target-kl' | 'target-reconstruction'
  /** In nats; a KL from 0 up. */
  nats: number
  /**
   * By how much ln of the multiplier grows in a step for every nat above; above 0.
   * @default 0.002
   */
  rate?: number
}

/** Adam's step size: a number above 0, or a schedule. Epochs count from where it is set. */
export type LearningRate = number | LearningRateDecay | LearningRateSteps

/** The learning rate goes from one number to another, in a straight line or as half a wave, and stays there. */
export interface LearningRateDecay {
  /** The way from the first to the last. */
  type: 'linear' | 'cosine'
  /** From 0 up. */
  from: number
  /** From 0 up. */
  to: number
  /** Epochs from the first to the last; above 0. */
  epochs: number
}

/** The learning rate is multiplied by a factor at even distances. */
export interface LearningRateSteps {
  type: 'step'
  /** The first; above 0. */
  from: number
  /** Factor of each step; above 0. */
  factor: number
  /** Epochs from one step to the next; above 0. */
  every: number
}

/** How the gradient of the expectation over z is estimated. */
export type Estimator = Reparameterization | ScoreFunction

/** z is a function of noise and the parameters, and the gradient goes through it: the paper's equation 8. */
export interface Reparameterization {
  type: 'reparameterization'
  /**
   * L, draws of z for each example and step; from 1 up.
   * @default 1
   */
  samples?: number
  /**
   * Where the KL term comes from: its closed form (equations 10 and 11), or ln q(z|x) − ln p(z) of the draws (equation 9).
   *
   * `'keras-slip'` is not a KL: it is what posts write that take ln σ for ln σ², ½(μ² + σ − 1 − ln σ) in each dimension and in
   * units of the prior, while z is drawn with the right σ. Only to reproduce them; gaussian posterior, reference path. The
   * losses of training have it as their `kl`; evaluation and validation, and what goes by them, have the true KL.
   * @default 'analytic'
   */
  kl?: 'analytic' | 'monte-carlo' | 'keras-slip'
}

/**
 * z stays where it is drawn, and the gradient of ln q(z|x) is weighted by what the draw costs, both terms by sampling
 * (REINFORCE, the paper's section 2.2). Its variance is far larger; it runs on the reference path. Not for a uniform
 * posterior, whose support moves with its parameters.
 */
export interface ScoreFunction {
  type: 'score-function'
  /**
   * L, draws of z for each example and step; from 1 up.
   * @default 1
   */
  samples?: number
  /**
   * Whether the mean cost of the other draws (with one draw: of the other examples) is subtracted first.
   * @default false
   */
  baseline?: boolean
}

/** p(z), the same in every dimension: the standard member of the posterior's family unless said. */
export type Prior<P extends Posterior = Posterior> = {
  gaussian: LocationScale
  laplace: LocationScale
  uniform: Interval
  deterministic: never
}[P]

/** Where a gaussian or Laplace distribution stands. */
export interface LocationScale {
  /**
   * Its mean.
   * @default 0
   */
  location?: number
  /**
   * σ of a gaussian, b of a Laplace distribution; above 0.
   * @default 1
   */
  scale?: number
}

/** The ends of a uniform distribution. */
export interface Interval {
  /**
   * The lower end.
   * @default -1
   */
  low?: number
  /**
   * The upper end; above `low`.
   * @default 1
   */
  high?: number
}

/** How often: at the end of every so many epochs, every so many seconds, or whichever of the two comes first. */
export type Every = { epochs: number; seconds?: number } | { seconds: number; epochs?: number }

/** The optimiser's constants, with ε placed as PyTorch does. */
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
   * λ, which takes all parameters towards 0 by η·λ of themselves in each step, apart from the gradient (AdamW: Loshchilov
   * and Hutter, "Decoupled weight decay regularization", 2019); from 0 up.
   * @default 0
   */
  weightDecay?: number
}

/** Stop when the validation loss stops falling. */
export interface EarlyStopping {
  /** Epochs without improvement that are waited for; from 1 up. */
  patience: number
  /**
   * What counts as an improvement, in nats of the validation loss; from 0 up.
   * @default 0
   */
  minDelta?: number
}

/** What `probe` events show, before the first step and while a run goes on: a few latents, reconstructions and samples. */
export interface ProbeOptions {
  /**
   * How many examples, the first ones of the validation data (or else of the training data); from 1 up.
   * @default 512
   */
  examples?: number
  /**
   * How often. The probes of epochs are kept in `out`, those that come by the clock are not: `{ epochs: 1, seconds: 1 }`
   * gives both.
   * @default { epochs: 1 }
   */
  every?: Every
}

/**
 * Everything that {@link trainVae} can be told. All of it is optional, and all of it but `signal` and a `Dataset` for
 * `validation` is plain JSON.
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
   * The non-linearity after every hidden layer.
   * @default 'relu'
   */
  activation?: 'relu' | 'tanh' | 'softplus' | 'silu' | 'identity'
  /**
   * How the first weights are drawn: `'torch'`: weights and biases from U(±1/√fanIn), as PyTorch's linear layer does;
   * `'glorot'`: weights from U(±√(6/(fanIn + fanOut))), biases 0, as Keras does.
   * @default 'torch'
   */
  initialization?: 'torch' | 'glorot'
  /**
   * The kind of network.
   * @default 'mlp'
   */
  architecture?: 'mlp'
  /**
   * The family of q(z|x) and of the prior; `'deterministic'` is a plain autoencoder.
   * @default 'gaussian'
   */
  posterior?: P
  /**
   * p(z), the same in every dimension: `{ location, scale }`, of a uniform one `{ low, high }`.
   * @default { location: 0, scale: 1 }
   */
  prior?: Prior<P>
  /**
   * p(x|z), and so the reconstruction term.
   * @default 'bernoulli'
   */
  likelihood?: Likelihood
  /**
   * The weight of the KL term in the loss: a number from 0 up, a schedule, a capacity or a constraint.
   * @default 1
   */
  beta?: Beta
  /**
   * How the gradient through z is estimated; a deterministic posterior has nothing to estimate.
   * @default { type: 'reparameterization', samples: 1, kl: 'analytic' }
   */
  estimator?: [P] extends ['deterministic'] ? never : Estimator
  /**
   * How many times the training data is gone through; from 1 up.
   * @default 10
   */
  epochs?: number
  /**
   * Examples in a step; the last, smaller batch of an epoch counts too. From 1 up.
   * @default 128
   */
  batchSize?: number
  /**
   * Adam's step size: a number above 0, or a schedule.
   * @default 0.001
   */
  learningRate?: LearningRate
  /** The optimiser's constants. */
  adam?: AdamOptions
  /**
   * Data that is measured after every epoch and never trained on: a data set, or the part of the training data to hold
   * back, drawn by `seed`: below 1 a fraction, from 1 up a number of examples.
   * @default none
   */
  validation?: Dataset | number
  /**
   * End the run when the validation loss stops falling.
   * @default off
   */
  earlyStopping?: EarlyStopping
  /**
   * Which parameters the run resolves to: those of the last step, or those of the epoch with the lowest validation
   * loss.
   * @default 'last'
   */
  keep?: 'last' | 'best'
  /**
   * What the first weights, the order of the examples and the noise are drawn from; a whole number from 0 up. The same
   * seed gives the same bits, on any number of threads.
   * @default 1
   */
  seed?: number
  /**
   * Where to compute. `'auto'`: on the first GPU if CUDA works here, else on the CPU; {@link getBackends} says which, and
   * why. `'cuda'` is that GPU, `'cuda:1'` the second one in CUDA's order. The same seed draws the same noise everywhere.
   * @default 'auto'
   */
  device?: Device
  /**
   * How exactly a GPU takes the products of training steps. `'tf32'`: on its tensor cores, factors rounded to 11
   * significant bits; faster for wide layers, and no longer the bits of the CPU. Of GPUs only.
   * @default 'f32'
   */
  precision?: Precision
  /**
   * Makes training steps on a GPU together with those of other runs of this process, up to so many: a launch costs the same
   * for several small models as for one. Runs that say the same here find each other if their layers, batch size, data and
   * precision are the same; β, seed and all else may differ. Each ends as it would alone, to the bit. From 1 up; on the CPU
   * it changes nothing.
   * @default every run its own
   */
  members?: number
  /**
   * Threads that compute; from 1 up.
   * @default what the process may use
   */
  threads?: number
  /**
   * Ends the run at once and keeps nothing but what is on disk; the run rejects with `signal.reason`. To end a run and
   * keep its model, call `stop()` on it.
   * @default none
   */
  signal?: AbortSignal
  /**
   * A folder for the run's record: `run.json`, `metrics.jsonl`, `probes/`, `checkpoint.safetensors`,
   * `model.safetensors`. One run at a time trains there.
   * @default none, nothing is written
   */
  out?: string
  /**
   * Continue the run that `out` holds, or start one if it holds none.
   * @default false
   */
  resume?: boolean
  /**
   * The folder of another run, finished or not: begin where its checkpoint stands, with its record up to there, in the
   * new folder `out`. What is not given is as it was there; `beta`, `learningRate` and what a resumed run may change can
   * be given. That run and its folder stay as they are.
   * @default none
   */
  fork?: string
  /**
   * How often a checkpoint is written to `out`.
   * @default { epochs: 1, seconds: 30 }
   */
  checkpointEvery?: Every
  /**
   * What `probe` events show, and `out` keeps in `probes/0007.safetensors` of epoch 7; or `false` for none.
   * @default { examples: 512, every: { epochs: 1 } }
   */
  probe?: false | ProbeOptions
}
