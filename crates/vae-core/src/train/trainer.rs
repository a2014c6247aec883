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

use vae_kernels::noise::{Key, Stream};

use super::steps::PlannedSteps;
use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::base::threads::Threads;
use crate::data::DataStatistics;
use crate::data::batch::fixed_batch;
use crate::data::epochs::Epochs;
use crate::data::{Dataset, Transform};
use crate::engine::device::{DeviceHandle, EngineInfo};
use crate::engine::{self, Engine, EngineInputs, StatePart, StepOutcome, choose};
use crate::files::metadata::ModelMetadata;
use crate::files::model_file::{ResumeState, StoredModel};
use crate::files::probe_file::ProbeData;
use crate::files::training_state::{Best, TrainingState};
use crate::infer::evaluate::{EvalContext, Evaluation};
use crate::model::likelihood::Bounds;
use crate::model::vae::Vae;
use crate::nn::parameters::Layout;
use crate::objective::Objective;
use crate::objective::losses::Losses;
use crate::options::Keep;

/// Number of reconstructions and samples in a probe.
const PROBE_IMAGES: usize = 16;

/// Model in training, between two steps.
#[derive(Debug)]
pub struct Trainer {
    pub(super) metadata: ModelMetadata,
    pub(super) data: Dataset,
    pub(super) transform: Arc<Transform>,
    pub(super) validation: Option<(Dataset, DataStatistics)>,
    pub(super) model: Vae,
    pub(super) layout: Layout,
    pub(super) state: TrainingState,
    /// θ of the best epoch so far.
    pub(super) best: Option<Vec<f32>>,
    pub(super) threads: Arc<Threads>,
    pub(super) device: DeviceHandle,
    pub(super) engine: Box<dyn Engine>,
}

/// Result of an epoch.
#[derive(Debug)]
pub struct EpochResult {
    /// Means over its batches.
    pub train: Losses,
    /// Means over the validation set.
    pub validation: Option<Evaluation>,
    /// True if its validation loss is the lowest so far.
    pub best: bool,
    /// Warnings for the user: code and sentence.
    pub warnings: Vec<(&'static str, String)>,
}

impl Trainer {
    /// Creates a trainer, before its first step or resumed from a checkpoint.
    ///
    /// # Errors
    /// Device errors; [`Code::Checkpoint`] if the checkpoint does not fit.
    pub fn new(
        metadata: ModelMetadata,
        data: Dataset,
        validation: Option<Dataset>,
        resumed: Option<StoredModel>,
    ) -> Result<Self> {
        let (model, layout) = Vae::new(&metadata.architecture());
        let objective = Arc::from(metadata.options.estimator.objective());
        Self::with(metadata, (model, layout), objective, (data, validation), resumed)
    }

    /// Creates a trainer for any model and any objective, in place of those in the options.
    ///
    /// # Errors
    /// Same as [`Trainer::new`].
    pub fn with(
        metadata: ModelMetadata,
        (model, layout): (Vae, Layout),
        objective: Arc<dyn Objective>,
        (data, validation): (Dataset, Option<Dataset>),
        resumed: Option<StoredModel>,
    ) -> Result<Self> {
        let options = &metadata.options;
        let device = options.compute.open_device()?;
        let threads = Arc::new(Threads::new(options.threads));
        let transform = Arc::new(metadata.transform.clone());
        let inputs = EngineInputs {
            options,
            model: &model,
            layout: &layout,
            objective: &objective,
            data: &data,
            transform: &transform,
            threads: &threads,
        };
        let mut engine = choose(&device, inputs)?;
        let (theta, training) = match resumed {
            Some(StoredModel { theta, training, .. }) => (theta, training),
            None => (options.initialization.draw(&layout, options.seed), None),
        };
        layout.check_len(&theta)?;
        let step = training.as_ref().map_or(0, |training| training.state.step);
        let moments = training.as_ref().map(|training| [&training.m, &training.v]);
        engine.load(step, &mut |slot, part, values| {
            match (part, moments) {
                (StatePart::Theta, _) => values.copy_from_slice(&theta[slot.range()]),
                (_, None) => values.fill(0.0),
                (StatePart::FirstMoment, Some([m, _])) => values.copy_from_slice(&m[slot.range()]),
                (StatePart::SecondMoment, Some([_, v])) => values.copy_from_slice(&v[slot.range()]),
            }
            Ok(())
        })?;
        let (state, best) = match training {
            Some(ResumeState { state, best, own, .. }) => {
                engine.load_own(&own)?;
                (state, best)
            }
            None => (TrainingState::new(options.beta, options.learning_rate), None),
        };
        let validation = validation.map(|set| {
            let moments = DataStatistics::from_data(&set, &metadata.transform);
            (set, moments)
        });
        Ok(Self { transform, metadata, data, validation, model, layout, state, best, threads, device, engine })
    }

    /// Notes on how training and validation data were read.
    pub fn data_notes(&self) -> Vec<String> {
        let validation = self.validation().map(Dataset::notes).unwrap_or_default();
        let of_validation = validation.iter().filter(|note| !self.data.notes().contains(note));
        let of_validation = of_validation.map(|note| format!("validation: {note}"));
        self.data.notes().iter().cloned().chain(of_validation).collect()
    }

    /// Engine and the reasons for choosing it.
    pub fn engine(&self) -> &EngineInfo {
        self.engine.info()
    }

    /// Device of the run.
    pub(crate) fn device(&self) -> &DeviceHandle {
        &self.device
    }

    /// True if θ belongs to the last reported step. A GPU computes some steps ahead; until they are reported, θ must
    /// not be read and nothing changed.
    pub fn is_settled(&self) -> bool {
        self.engine.is_settled()
    }

    /// Multiplications and additions in the matrix products of a step with a full batch.
    pub fn step_flops(&self) -> f64 {
        let options = &self.metadata.options;
        let examples = options.batch_size.min(self.data.len());
        engine::step_flops(&self.model, &self.layout, examples, options.estimator.samples())
    }

    /// Compute threads.
    pub fn threads(&self) -> &Threads {
        &self.threads
    }

    /// Training state.
    pub fn state(&self) -> &TrainingState {
        &self.state
    }

    /// Training state, to change between two steps.
    pub fn state_mut(&mut self) -> &mut TrainingState {
        &mut self.state
    }

    /// Metadata of the model.
    pub fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    /// Validation set.
    pub fn validation(&self) -> Option<&Dataset> {
        self.validation.as_ref().map(|(set, _)| set)
    }

    /// Current θ.
    pub fn theta(&self) -> Result<Vec<f32>> {
        engine::theta(&*self.engine)
    }

    /// Bounds of the reconstruction on the validation set, else on the training set.
    pub fn bounds(&self) -> Bounds {
        let train = &self.metadata.moments;
        let data = self.validation.as_ref().map_or(train, |(_, moments)| moments);
        self.model.likelihood().bounds(train, data)
    }

    /// Steps per epoch; the last batch may be smaller.
    pub fn steps_per_epoch(&self) -> u64 {
        self.epochs().steps()
    }

    fn epochs(&self) -> Epochs {
        Epochs { n: self.data.len() as u64, batch: self.metadata.options.batch_size as u64 }
    }

    /// True if the next step is the first of an epoch.
    pub fn at_epoch_start(&self) -> bool {
        self.state.step.is_multiple_of(self.steps_per_epoch())
    }

    /// Complete epochs.
    pub fn epochs_done(&self) -> u64 {
        self.state.step / self.steps_per_epoch()
    }

    /// True if the validation loss has not improved for the patience of early stopping.
    pub fn has_stalled(&self) -> bool {
        self.metadata.options.early_stopping.is_some_and(|stopping| self.state.stale >= stopping.patience)
    }

    /// Runs one update on the next batch; returns its losses before the update, and its number of examples.
    ///
    /// # Errors
    /// [`Code::Diverged`] if the loss is not finite; θ is then the θ before this step. Driver errors on a GPU.
    pub fn step(&mut self) -> Result<(Losses, usize)> {
        self.step_with(u64::MAX, None)
    }

    /// Runs [`Trainer::step`] without computing ahead: a settled θ stays settled.
    ///
    /// # Errors
    /// Same as [`Trainer::step`].
    pub fn single_step(&mut self) -> Result<(Losses, usize)> {
        self.step_with(1, None)
    }

    /// Runs one update on the batch x with the noise ε; returns the losses before the update.
    ///
    /// # Shapes
    /// x (B, D), ε (B·L, d)
    ///
    /// # Errors
    /// Same as [`Trainer::step`]; [`Code::Internal`] on a GPU, which gathers its own batches.
    pub fn step_on(&mut self, x: &[f32], epsilon: &[f32]) -> Result<Losses> {
        Ok(self.step_with(1, Some((x, epsilon)))?.0)
    }

    fn step_with(&mut self, max_steps: u64, given: Option<(&[f32], &[f32])>) -> Result<(Losses, usize)> {
        let steps = PlannedSteps {
            state: &self.state,
            data: &self.data,
            transform: &self.transform,
            epochs: self.epochs(),
            seed: self.metadata.options.seed,
            adam: self.metadata.options.adam,
            max_steps,
            given,
        };
        let outcome = self.engine.step(&steps)?;
        let losses = outcome.sums.losses(outcome.weights);
        if !losses.is_finite() {
            return Err(self.diverged(&losses));
        }
        let examples = outcome.sums.examples as usize;
        self.record(&outcome, &losses);
        Ok((losses, examples))
    }

    /// Records a completed step.
    fn record(&mut self, StepOutcome { sums, weights }: &StepOutcome, losses: &Losses) {
        let steps_per_epoch = self.steps_per_epoch();
        let state = &mut self.state;
        state.learning_rate = state.learning_rate_at(state.step, steps_per_epoch);
        state.sums.add(sums);
        state.step += 1;
        (state.beta, state.offset) = (weights.beta, weights.offset);
        if let Some(rule) = state.rule {
            state.multiplier = rule.ascend(state.multiplier, losses.reconstruction, losses.kl);
        }
    }

    fn diverged(&self, losses: &Losses) -> Error {
        let step = self.state.step + 1;
        Error::new(Code::Diverged, format!("the loss of step {step} is not finite"))
            .expected("finite terms")
            .received(format!("reconstruction {}, KL {}", losses.reconstruction, losses.kl))
            .index(self.state.step)
            .remedy(self.divergence_remedy())
    }

    fn divergence_remedy(&self) -> String {
        let rate = self.state.learning_rate;
        let good = self.engine.last_good().map_or(0, |(step, _)| step);
        format!(
            "lower `learningRate` (now {rate:?}), or check the scale of the data; the last good state is that of step {good}"
        )
    }

    /// Checks the result of the last step. The next step's loss would reveal a fault too, but there may be none.
    ///
    /// # Errors
    /// [`Code::Diverged`] if θ or a moment of Adam is not finite.
    pub fn check_finite(&self) -> Result<()> {
        let mut is_finite = true;
        self.engine.export(&mut |_, _, values| {
            is_finite = is_finite && values.iter().all(|value| value.is_finite());
            Ok(())
        })?;
        if is_finite {
            return Ok(());
        }
        let step = self.state.step;
        Err(Error::new(Code::Diverged, format!("step {step} left parameters that are not finite"))
            .index(step.saturating_sub(1))
            .remedy(self.divergence_remedy()))
    }

    /// Validates, compares with the best epoch and collects warnings, after the last step of an epoch.
    ///
    /// # Errors
    /// [`Code::Diverged`] if θ or the validation is not finite; [`Code::Aborted`] if `token` is cancelled.
    pub fn end_epoch(&mut self, token: &CancelToken) -> Result<EpochResult> {
        self.check_finite()?;
        let weights = self.state.weights();
        let train = std::mem::take(&mut self.state.sums).losses(weights);
        let validation = match &self.validation {
            Some((set, moments)) => {
                let samples = self.metadata.options.estimator.samples();
                let seed = self.metadata.options.seed;
                let transform = &self.metadata.transform;
                let train = &self.metadata.moments;
                let context = EvalContext { forward: self.engine.forward(), transform, train };
                Some(context.evaluate_with(set, moments, weights, samples, seed, token)?)
            }
            None => None,
        };
        if let Some(validation) = validation.as_ref().filter(|validation| !validation.losses.is_finite()) {
            return Err(self.diverged(&validation.losses));
        }
        let best = match &validation {
            Some(validation) => self.update_best(&validation.losses)?,
            None => false,
        };
        let warnings = self.warnings(&train, validation.as_ref());
        self.state.validation = validation.as_ref().map(|validation| validation.losses.clone());
        self.state.previous = validation.as_ref().map(|validation| (train.loss, validation.losses.loss));
        Ok(EpochResult { train, validation, best, warnings })
    }

    /// Compares with the best epoch so far. Losses at different β are not comparable, so a changed β restarts the
    /// comparison.
    fn update_best(&mut self, losses: &Losses) -> Result<bool> {
        let delta = self.metadata.options.early_stopping.map_or(0.0, |stopping| stopping.min_delta);
        let before = self.state.best.as_ref().filter(|best| best.validation.beta == losses.beta);
        let improved = before.is_none_or(|best| losses.loss < best.validation.loss - delta);
        if improved {
            let epoch = self.epochs_done();
            self.state.best = Some(Best { epoch, step: self.state.step, validation: losses.clone() });
            self.state.stale = 0;
            if self.metadata.options.keep == Keep::Best {
                self.best = Some(self.theta()?);
            }
        } else {
            self.state.stale += 1;
        }
        Ok(improved)
    }

    /// Probe: latents of the first examples, reconstructions of a few of them, and samples for fixed noise.
    pub fn probe(&self, examples: usize) -> Result<ProbeData> {
        let options = &self.metadata.options;
        let data = self.validation().unwrap_or(&self.data);
        let rows = 0..data.len().min(examples);
        let forward = self.engine.forward();
        let x = fixed_batch(data, rows.clone(), &self.metadata.transform, options.seed);
        let conditions = data.conditions(rows.clone());
        let condition = |n: usize| conditions.as_ref().map(|all| &all[..n * data.condition_width()]);
        let latents = forward.encode(&x, condition(rows.len()))?.mean();
        let decode = |z: &[f32]| -> Result<Vec<f32>> {
            let mut x = self.model.likelihood().mean(forward.decode(z, condition(z.len() / self.model.latent()))?);
            self.transform.to_units(&mut x);
            Ok(x)
        };
        let d = self.model.latent();
        let shown = if conditions.is_some() { PROBE_IMAGES.min(rows.len()) } else { PROBE_IMAGES };
        let z = forward.draw(Key::new(options.seed, Stream::Sampling), 0, shown, condition(shown))?;
        Ok(ProbeData {
            labels: rows.clone().map(|row| data.label(row)).collect(),
            reconstructions: decode(&latents[..rows.len().min(PROBE_IMAGES) * d])?,
            samples: decode(&z)?,
            latents,
        })
    }

    /// Content of a checkpoint.
    ///
    /// # Errors
    /// Same as [`Trainer::check_finite`]: a run cannot resume from such a file.
    pub fn checkpoint(&self) -> Result<StoredModel> {
        self.check_finite()?;
        let [theta, m, v] = engine::parts(&*self.engine, &StatePart::ALL)?;
        let state = self.state.clone();
        let provenance = self.metadata.provenance(state.step, self.epochs_done(), state.beta, state.validation.clone());
        let training = Some(ResumeState { state, m, v, best: self.best.clone(), own: self.engine.own()? });
        Ok(StoredModel { metadata: self.metadata.clone(), provenance, theta, training })
    }

    /// Final model of the run: of the last step or, with [`Keep::Best`], of the best epoch.
    pub fn result(&self) -> Result<StoredModel> {
        let state = &self.state;
        let (provenance, theta) = match (&self.best, &state.best) {
            (Some(theta), Some(best)) => (
                self.metadata.provenance(best.step, best.epoch, best.validation.beta, Some(best.validation.clone())),
                theta.clone(),
            ),
            _ => (
                self.metadata.provenance(state.step, self.epochs_done(), state.beta, state.validation.clone()),
                self.theta()?,
            ),
        };
        Ok(StoredModel { metadata: self.metadata.clone(), provenance, theta, training: None })
    }

    /// Last state with a loss known to be finite.
    ///
    /// # Errors
    /// Device errors.
    pub fn last_good(&self) -> Result<StoredModel> {
        let (step, theta) = self.engine.last_good()?;
        let provenance = self.metadata.provenance(step, step / self.steps_per_epoch(), self.state.beta, None);
        Ok(StoredModel { metadata: self.metadata.clone(), provenance, theta, training: None })
    }
}
