//! Minibatch auto-encoding variational Bayes (the paper's section 2.6, algorithm 1):
//!
//! ```text
//! repeat
//!   X ← a minibatch of the shuffled data
//!   ε ← noise from N(0, I)
//!   g ← ∇θ loss(θ; X, ε)
//!   θ ← Adam(θ, g)
//! ```
//!
//! Order and noise are functions of (seed, step), so a trainer's whole state is θ, Adam's moments and the
//! [`TrainingState`].
use std::sync::Arc;

use candle_core::{DType, Tensor};
use vae_kernels::gpu::Plan;
use vae_kernels::noise::{Key, Stream, fill_noise};
use vae_kernels::{Batch, Inputs, Noise};

use crate::base::error::{Code, Error, Result};
use crate::base::task::Task;
use crate::base::threads::Threads;
use crate::data::batch::fixed_batch;
use crate::data::epochs::Epochs;
use crate::data::{Dataset, Transform};
use crate::engine::choose::{Path, Training as EngineInputs};
use crate::engine::cpu::{Given, Shuffled, drawn};
use crate::engine::cuda::lookahead::Planned;
use crate::engine::device::{Engine, Place};
use crate::engine::forward::Forward;
use crate::files::metadata::Card;
use crate::files::model_file::{Stored, Training};
use crate::files::training_state::{Best, TrainingState};
use crate::infer::bounds::{Bounds, Moments};
use crate::infer::evaluate::{Evaluation, Subject};
use crate::model::network::Network;
use crate::nn::parameters::Parameters;
use crate::objective::elbo::{Elbo, Losses, Sums};
use crate::objective::weights::Objective;
use crate::optim::adam::Adam;
use crate::options::Keep;
use crate::run::events::ProbeData;

/// How many reconstructions and samples a probe shows.
const SHOWN: usize = 16;
/// After so many steps a copy of θ is kept, to fall back on when the loss stops being finite.
const KEEP_GOOD: u64 = 64;

/// A model in training, between two steps.
#[derive(Debug)]
pub struct Trainer {
    pub(super) card: Card,
    pub(super) data: Dataset,
    pub(super) transform: Arc<Transform>,
    pub(super) validation: Option<(Dataset, Moments)>,
    pub(super) network: Network,
    pub(super) parameters: Parameters,
    pub(super) adam: Adam,
    pub(super) state: TrainingState,
    pub(super) best: Option<Vec<f32>>,
    /// The step at which θ is known to have been good, and θ then, as it is stored.
    pub(super) good: (u64, Vec<f32>),
    pub(super) threads: Arc<Threads>,
    pub(super) place: Place,
    pub(super) engine: Engine,
    pub(super) path: Path,
    pub(super) forward: Forward,
}

/// What the end of an epoch brought to light.
#[derive(Debug)]
pub struct EpochResult {
    /// The means over its batches.
    pub train: Losses,
    /// The means over the validation set.
    pub validation: Option<Evaluation>,
    /// Is its validation loss the lowest so far?
    pub best: bool,
    /// What the user would want to know: code and sentence.
    pub warnings: Vec<(&'static str, String)>,
}

impl Trainer {
    /// A trainer before its first step, or where a checkpoint left it.
    pub fn new(card: Card, data: Dataset, validation: Option<Dataset>, resumed: Option<Stored>) -> Result<Self> {
        let (network, layout) = Network::new(&card.architecture());
        let options = &card.options;
        let (theta, training) = match resumed {
            Some(Stored { theta, training, .. }) => (theta, training),
            None => (options.initialization.draw(&layout, options.seed), None),
        };
        let place = options.compute.place()?;
        let parameters = Parameters::on(&place.device(), layout, &theta, DType::F32, true)?;
        let adam = Adam::new(options.adam, &parameters)?;
        let (state, best) = match training {
            Some(Training { state, m, v, best }) => {
                adam.set_moments(&m, &v)?;
                (state, best)
            }
            None => (TrainingState::new(options.beta, options.learning_rate), None),
        };
        let validation = validation.map(|set| {
            let moments = Moments::of(&set, &card.transform);
            (set, moments)
        });
        let good = (state.step, parameters.lend(<[f32]>::to_vec)?);
        let compute = card.options.compute;
        let threads = Arc::new(Threads::new(card.options.threads));
        let training = EngineInputs {
            card: &card,
            data: &data,
            network: &network,
            parameters: &parameters,
            adam: &adam,
            threads: threads.count(),
        };
        let (path, engine) = training.path(&place)?;
        let forward = Forward::at(&place, &network, &parameters, &threads, compute)?;
        let transform = Arc::new(card.transform.clone());
        Ok(Self {
            transform,
            card,
            data,
            validation,
            network,
            parameters,
            adam,
            state,
            best,
            good,
            threads,
            place,
            engine,
            path,
            forward,
        })
    }

    /// What computes.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where it computes.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Is θ that of the last step that was told? A GPU makes some steps ahead; until they have been told, θ is not to be
    /// looked at and nothing to be changed.
    pub fn is_settled(&self) -> bool {
        match &self.path {
            Path::Gpu(ahead) => ahead.is_settled(),
            Path::Fused(_) | Path::Reference => true,
        }
    }

    /// Multiplications and additions in the products of a step with a full batch.
    pub fn step_flops(&self) -> f64 {
        let options = &self.card.options;
        self.network.net().step_flops(options.batch_size.min(self.data.len()), options.estimator.samples())
    }

    /// The threads that compute.
    pub fn threads(&self) -> &Threads {
        &self.threads
    }

    /// Where it stands.
    pub fn state(&self) -> &TrainingState {
        &self.state
    }

    /// Where it stands, to be changed between two steps.
    pub fn state_mut(&mut self) -> &mut TrainingState {
        &mut self.state
    }

    /// What is being trained.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The validation set.
    pub fn validation(&self) -> Option<&Dataset> {
        self.validation.as_ref().map(|(set, _)| set)
    }

    /// θ as it stands.
    pub fn theta(&self) -> Result<Vec<f32>> {
        self.parameters.values()
    }

    /// The bounds of the reconstruction on the validation set, else on the training set.
    pub fn bounds(&self) -> Bounds {
        let train = &self.card.moments;
        let data = self.validation.as_ref().map_or(train, |(_, moments)| moments);
        Bounds::new(self.network.likelihood(), train, data)
    }

    /// Steps in an epoch; the last batch may be smaller.
    pub fn steps_per_epoch(&self) -> u64 {
        self.epochs().steps()
    }

    fn epochs(&self) -> Epochs {
        Epochs { n: self.data.len() as u64, batch: self.card.options.batch_size as u64 }
    }

    /// Is the next step the first of an epoch?
    pub fn at_epoch_start(&self) -> bool {
        self.state.step.is_multiple_of(self.steps_per_epoch())
    }

    /// Complete epochs.
    pub fn epochs_done(&self) -> u64 {
        self.state.step / self.steps_per_epoch()
    }

    /// Has the validation loss not improved for as long as early stopping waits?
    pub fn has_stalled(&self) -> bool {
        self.card.options.early_stopping.is_some_and(|stopping| self.state.stale >= stopping.patience)
    }

    /// One update on the next batch; its losses, as they were before it, and how many examples it had.
    ///
    /// # Errors
    /// [`Code::Diverged`] if the loss is not finite; θ is then as it was before this step. On a GPU, what its driver says.
    pub fn step(&mut self) -> Result<(Losses, usize)> {
        self.step_within(u64::MAX)
    }

    /// [`Trainer::step`] with none made ahead of it: if θ was settled before, it is settled afterwards.
    ///
    /// # Errors
    /// Those of [`Trainer::step`].
    pub fn single_step(&mut self) -> Result<(Losses, usize)> {
        self.step_within(1)
    }

    /// One step; a GPU makes at most so many at once.
    fn step_within(&mut self, most: u64) -> Result<(Losses, usize)> {
        if let Path::Gpu(_) = self.path {
            return self.step_ahead(most);
        }
        let (seed, step) = (self.card.options.seed, self.state.step);
        let examples = self.epochs().examples(step) as usize;
        let (data, transform) = (self.data.clone(), Arc::clone(&self.transform)); // handles
        let batch = self.shuffled(step, &data, &transform);
        Ok((self.update(&batch, examples, drawn(seed, step))?, examples))
    }

    /// The batch of a step.
    fn shuffled<'a>(&self, step: u64, data: &'a Dataset, transform: &'a Transform) -> Shuffled<'a> {
        let (seed, epochs) = (self.card.options.seed, self.epochs());
        Shuffled { data, transform, order: epochs.order(seed, step), first: epochs.first(step), seed, step }
    }

    /// The objective of a step to come; `kl` finds the KL of its batch, for a rule that asks.
    fn objective(&self, step: u64, kl: impl FnOnce() -> Result<f64>) -> Result<Objective> {
        let state = &self.state;
        let Some(rule) = state.rule else { return Ok(Objective::of(state.beta)) };
        let epochs = (step - state.since) as f64 / self.steps_per_epoch() as f64;
        rule.objective(epochs, state.multiplier, kl)
    }

    /// The KL of a batch as θ stands, mean over its examples; the slip, where the objective has that.
    fn kl_of(&self, batch: &dyn Batch, examples: usize) -> Result<f64> {
        let encoding = self.forward.encode(&read(batch, examples, self.network.input()))?;
        let kl = if self.card.options.estimator.is_keras_slip() { encoding.keras_slip() } else { encoding.kl() };
        Ok(kl.iter().sum::<f64>() / examples as f64)
    }

    /// Counts a step that has been made.
    fn note(&mut self, sums: Sums, objective: Objective, losses: &Losses) {
        let steps_per_epoch = self.steps_per_epoch();
        let state = &mut self.state;
        state.learning_rate = state.learning_rate_at(state.step, steps_per_epoch);
        state.sums.add(sums);
        state.step += 1;
        (state.beta, state.offset) = (objective.beta, objective.offset);
        if let Some(rule) = state.rule {
            state.multiplier = rule.ascend(state.multiplier, losses.reconstruction, losses.kl);
        }
    }

    /// The next of the steps that the GPU has made; if all have been told, it makes some more of this epoch, and at most
    /// so many.
    fn step_ahead(&mut self, most: u64) -> Result<(Losses, usize)> {
        let step = self.state.step;
        let left = self.steps_per_epoch() - step % self.steps_per_epoch();
        let Path::Gpu(ahead) = &self.path else { return Err(on_cpu()) };
        // A β that follows the terms is known for one step only.
        let next = if self.state.rule.is_some_and(|rule| rule.follows()) { 1 } else { ahead.next() as u64 };
        let plans = match ahead.is_settled() {
            true => (step..step + left.min(next).min(most)).map(|step| self.plan(step)).collect::<Result<_>>()?,
            false => Vec::new(),
        };
        let Path::Gpu(ahead) = &mut self.path else { return Err(on_cpu()) };
        if !plans.is_empty() && ahead.make(&plans)? {
            self.good.0 = step;
        }
        let Some((outcome, Planned { examples, objective })) = ahead.tell() else { return Err(on_cpu()) };
        let sums = self.network.sums_of(outcome, examples);
        let losses = sums.losses(objective);
        if !losses.is_finite() {
            return Err(self.diverged(&losses));
        }
        self.note(sums, objective, &losses);
        Ok((losses, examples))
    }

    /// What a GPU needs to know of a step, and what its outcome is read with.
    fn plan(&self, step: u64) -> Result<(Plan, Planned)> {
        let (epochs, state) = (self.epochs(), &self.state);
        let examples = epochs.examples(step) as usize;
        let kl = || self.kl_of(&self.shuffled(step, &self.data, &self.transform), examples);
        let objective = self.objective(step, kl)?;
        let adam = self.adam.constants(state.learning_rate_at(step, epochs.steps()), step + 1);
        let plan = epochs.plan(self.card.options.seed, step, objective.beta, adam);
        Ok((plan, Planned { examples, objective }))
    }

    /// One update on the batch x with the noise ε; the losses, as they were before it.
    ///
    /// # Shapes
    /// x (B, D), ε (B·L, d)
    ///
    /// # Errors
    /// Those of [`Trainer::step`]; [`Code::Internal`] on a GPU, which finds its batches itself.
    pub fn step_on(&mut self, x: &[f32], epsilon: &[f32]) -> Result<Losses> {
        self.update(&Given(x), x.len() / self.network.input(), Noise::Given(epsilon))
    }

    /// One update on a batch of so many examples; the losses, as they were before it.
    ///
    /// # Errors
    /// [`Code::Diverged`] if the loss is not finite; θ is then as it was before this step.
    fn update(&mut self, batch: &dyn Batch, examples: usize, noise: Noise) -> Result<Losses> {
        let step = self.state.step;
        let objective = self.objective(step, || self.kl_of(batch, examples))?;
        let beta = objective.beta;
        let (sums, elbo) = match &mut self.path {
            Path::Gpu(_) => return Err(on_cpu()),
            Path::Fused(fused) => {
                let inputs = Inputs { batch, examples, noise, beta };
                (fused.backward(&self.network, &self.parameters, &inputs, &self.threads)?, None)
            }
            Path::Reference => {
                let (x, epsilon) = self.tensors(batch, examples, noise)?;
                let (network, parameters) = (&self.network, &self.parameters);
                let estimator = self.card.options.estimator;
                let elbo = self.threads.with_pool(|| Elbo::new(network, parameters, &x, &epsilon, estimator))??;
                (elbo.sums()?, Some(elbo))
            }
        };
        let losses = sums.losses(objective);
        if !losses.is_finite() {
            return Err(self.diverged(&losses));
        }
        if step.is_multiple_of(KEEP_GOOD) {
            self.good.0 = step;
            self.parameters.lend(|theta| self.good.1.copy_from_slice(theta))?;
        }
        let (rate, t) = (self.state.learning_rate_at(step, self.steps_per_epoch()), step + 1);
        match (&mut self.path, elbo) {
            (Path::Fused(fused), _) => fused.update(self.adam.constants(rate, t), &self.threads)?,
            (_, Some(elbo)) => self.threads.with_pool(|| {
                self.parameters.take_gradient(&elbo.loss(beta)?.backward()?)?;
                Result::Ok(self.adam.update(&self.parameters, rate, t)?)
            })??,
            (_, None) => {}
        }
        self.note(sums, objective, &losses);
        Ok(losses)
    }

    /// x (B, D) and ε (B·L, d) of a batch, for the reference path.
    fn tensors(&self, batch: &dyn Batch, examples: usize, noise: Noise) -> Result<(Tensor, Tensor)> {
        let (size, d) = (self.network.input(), self.network.latent());
        let rows = examples * self.card.options.estimator.samples();
        let x = read(batch, examples, size);
        let mut epsilon = vec![0.0; rows * d];
        match noise {
            Noise::Given(values) => epsilon.copy_from_slice(values),
            Noise::Drawn(key, step) if self.network.has_spread() => {
                fill_noise(self.network.posterior().family.kernel(), key, step, 0, d, &mut epsilon);
            }
            Noise::Drawn(..) => {}
        }
        let device = self.place.device();
        Ok((Tensor::from_vec(x, (examples, size), &device)?, Tensor::from_vec(epsilon, (rows, d), &device)?))
    }

    fn diverged(&self, losses: &Losses) -> Error {
        let step = self.state.step + 1;
        Error::new(Code::Diverged, format!("the loss of step {step} is not finite"))
            .expected("finite terms")
            .received(format!("reconstruction {}, KL {}", losses.reconstruction, losses.kl))
            .index(self.state.step)
            .remedy(self.way_out())
    }

    fn way_out(&self) -> String {
        let (rate, good) = (self.state.learning_rate, self.good.0);
        format!(
            "lower `learningRate` (now {rate:?}), or check the scale of the data; the last good state is that of step {good}"
        )
    }

    /// Looks at what the last step left. The loss of the next step would show it too, but there may be none.
    ///
    /// # Errors
    /// [`Code::Diverged`] if θ or a moment of Adam is not finite.
    pub fn check_finite(&self) -> Result<()> {
        let (m, v) = self.adam.moments()?;
        if [self.theta()?, m, v].iter().flatten().all(|value| value.is_finite()) {
            return Ok(());
        }
        let step = self.state.step;
        Err(Error::new(Code::Diverged, format!("step {step} left parameters that are not finite"))
            .index(step.saturating_sub(1))
            .remedy(self.way_out()))
    }

    /// Takes stock after the last step of an epoch.
    ///
    /// # Errors
    /// [`Code::Diverged`] if θ or the validation is not finite; [`Code::Aborted`] if `task` was cancelled.
    pub fn end_epoch(&mut self, task: &Task) -> Result<EpochResult> {
        self.check_finite()?;
        let objective = self.state.objective();
        let train = std::mem::take(&mut self.state.sums).losses(objective);
        let validation = match &self.validation {
            Some((set, moments)) => {
                let (samples, seed) = (self.card.options.estimator.samples(), self.card.options.seed);
                let (transform, train) = (&self.card.transform, &self.card.moments);
                let subject = Subject { forward: &self.forward, transform, train };
                Some(subject.evaluate_with(set, moments, objective, samples, seed, task)?)
            }
            None => None,
        };
        if let Some(validation) = validation.as_ref().filter(|validation| !validation.losses.is_finite()) {
            return Err(self.diverged(&validation.losses));
        }
        let best = match &validation {
            Some(validation) => self.judge(&validation.losses)?,
            None => false,
        };
        let warnings = self.warnings(&train, validation.as_ref());
        self.state.validation = validation.as_ref().map(|validation| validation.losses);
        self.state.previous = validation.as_ref().map(|validation| (train.loss, validation.losses.loss));
        Ok(EpochResult { train, validation, best, warnings })
    }

    /// Compares with the best epoch so far. Losses at different β say nothing about each other, so that a changed β
    /// starts the comparison anew.
    fn judge(&mut self, losses: &Losses) -> Result<bool> {
        let delta = self.card.options.early_stopping.map_or(0.0, |stopping| stopping.min_delta);
        let before = self.state.best.filter(|best| best.validation.beta == losses.beta);
        let improved = before.is_none_or(|best| losses.loss < best.validation.loss - delta);
        if improved {
            let epoch = self.epochs_done();
            self.state.best = Some(Best { epoch, step: self.state.step, validation: *losses });
            self.state.stale = 0;
            if self.card.options.keep == Keep::Best {
                self.best = Some(self.parameters.values()?);
            }
        } else {
            self.state.stale += 1;
        }
        Ok(improved)
    }

    /// Latents of the first examples, reconstructions of a few of them, and samples for noise that stays the same.
    pub fn probe(&self, examples: usize) -> Result<ProbeData> {
        let options = &self.card.options;
        let data = self.validation().unwrap_or(&self.data);
        let rows = 0..data.len().min(examples);
        let forward = &self.forward;
        let latents = forward.encode(&fixed_batch(data, rows.clone(), &self.card.transform, options.seed))?.mean();
        let decode = |z| -> Result<Vec<f32>> { Ok(self.network.likelihood().mean(&forward.decode(z)?)) };
        let d = self.network.latent();
        let z = self.network.posterior().draw(Key::new(options.seed, Stream::Sampling), 0, SHOWN, d);
        Ok(ProbeData {
            labels: rows.clone().map(|row| data.label(row)).collect(),
            reconstructions: decode(&latents[..rows.len().min(SHOWN) * d])?,
            samples: decode(&z)?,
            latents,
        })
    }

    /// What a checkpoint holds.
    ///
    /// # Errors
    /// Those of [`Trainer::check_finite`]: a run could not go on from such a file.
    pub fn checkpoint(&self) -> Result<Stored> {
        self.check_finite()?;
        let (m, v) = self.adam.moments()?;
        let state = self.state.clone();
        let trained = self.card.trained(state.step, self.epochs_done(), state.beta, state.validation);
        let training = Some(Training { state, m, v, best: self.best.clone() });
        Ok(Stored { card: self.card.clone(), trained, theta: self.theta()?, training })
    }

    /// The model that the run ends with: that of the last step or, if it was asked for, of the best epoch.
    pub fn result(&self) -> Result<Stored> {
        let state = &self.state;
        let (trained, theta) = match (&self.best, state.best) {
            (Some(theta), Some(best)) => {
                (self.card.trained(best.step, best.epoch, best.validation.beta, Some(best.validation)), theta.clone())
            }
            _ => (self.card.trained(state.step, self.epochs_done(), state.beta, state.validation), self.theta()?),
        };
        Ok(Stored { card: self.card.clone(), trained, theta, training: None })
    }

    /// The last state whose loss is known to have been finite.
    pub fn last_good(&self) -> Stored {
        let step = self.good.0;
        let on_gpu = match &self.path {
            Path::Gpu(ahead) => ahead.good().ok(),
            Path::Fused(_) | Path::Reference => None,
        };
        let theta = self.parameters.layout().to_plain(on_gpu.as_ref().unwrap_or(&self.good.1));
        let trained = self.card.trained(step, step / self.steps_per_epoch(), self.state.beta, None);
        Stored { card: self.card.clone(), trained, theta, training: None }
    }
}

/// The examples of a batch.
///
/// # Shapes
/// → (B, D)
fn read(batch: &dyn Batch, examples: usize, size: usize) -> Vec<f32> {
    let mut x = vec![0.0; examples * size];
    for (position, x) in x.chunks_exact_mut(size).enumerate() {
        batch.read(position, x);
    }
    x
}

/// The error of a batch that does not go with what computes: a defect.
fn on_cpu() -> Error {
    Error::new(Code::Internal, "batches are given to the CPU, and found by a GPU")
}
