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

use super::steps::Steps;
use crate::base::error::{Code, Error, Result};
use crate::base::task::Task;
use crate::base::threads::Threads;
use crate::data::DataStatistics;
use crate::data::batch::fixed_batch;
use crate::data::epochs::Epochs;
use crate::data::{Dataset, Transform};
use crate::engine::device::{EngineInfo, Place};
use crate::engine::{self, Engine, EngineInputs, Outcome, Part, choose};
use crate::files::metadata::Card;
use crate::files::model_file::{Stored, Training};
use crate::files::probe_file::ProbeData;
use crate::files::training_state::{Best, TrainingState};
use crate::infer::evaluate::{Evaluation, Subject};
use crate::model::likelihood::Bounds;
use crate::model::vae::Vae;
use crate::nn::parameters::Layout;
use crate::objective::Objective;
use crate::objective::losses::Losses;
use crate::options::Keep;

/// How many reconstructions and samples a probe shows.
const SHOWN: usize = 16;

/// A model in training, between two steps.
#[derive(Debug)]
pub struct Trainer {
    pub(super) card: Card,
    pub(super) data: Dataset,
    pub(super) transform: Arc<Transform>,
    pub(super) validation: Option<(Dataset, DataStatistics)>,
    pub(super) model: Vae,
    pub(super) layout: Layout,
    pub(super) state: TrainingState,
    /// θ of the best epoch so far.
    pub(super) best: Option<Vec<f32>>,
    pub(super) threads: Arc<Threads>,
    pub(super) place: Place,
    pub(super) engine: Box<dyn Engine>,
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
    ///
    /// # Errors
    /// Those of the device; [`Code::Checkpoint`] if the checkpoint does not fit.
    pub fn new(card: Card, data: Dataset, validation: Option<Dataset>, resumed: Option<Stored>) -> Result<Self> {
        let (model, layout) = Vae::new(&card.architecture());
        let objective = Arc::from(card.options.estimator.objective());
        Self::with(card, (model, layout), objective, (data, validation), resumed)
    }

    /// A trainer of any model with any objective, whatever the options say of both.
    ///
    /// # Errors
    /// Those of [`Trainer::new`].
    pub fn with(
        card: Card,
        (model, layout): (Vae, Layout),
        objective: Arc<dyn Objective>,
        (data, validation): (Dataset, Option<Dataset>),
        resumed: Option<Stored>,
    ) -> Result<Self> {
        let options = &card.options;
        let place = options.compute.place()?;
        let threads = Arc::new(Threads::new(options.threads));
        let transform = Arc::new(card.transform.clone());
        let inputs = EngineInputs {
            options,
            model: &model,
            layout: &layout,
            objective: &objective,
            data: &data,
            transform: &transform,
            threads: &threads,
        };
        let mut engine = choose(&place, inputs)?;
        let (theta, training) = match resumed {
            Some(Stored { theta, training, .. }) => (theta, training),
            None => (options.initialization.draw(&layout, options.seed), None),
        };
        layout.check_len(&theta)?;
        let step = training.as_ref().map_or(0, |training| training.state.step);
        let moments = training.as_ref().map(|training| [&training.m, &training.v]);
        engine.load(step, &mut |slot, part, values| {
            match (part, moments) {
                (Part::Theta, _) => values.copy_from_slice(&theta[slot.range()]),
                (_, None) => values.fill(0.0),
                (Part::FirstMoment, Some([m, _])) => values.copy_from_slice(&m[slot.range()]),
                (Part::SecondMoment, Some([_, v])) => values.copy_from_slice(&v[slot.range()]),
            }
            Ok(())
        })?;
        let (state, best) = match training {
            Some(Training { state, best, own, .. }) => {
                engine.load_own(&own)?;
                (state, best)
            }
            None => (TrainingState::new(options.beta, options.learning_rate), None),
        };
        let validation = validation.map(|set| {
            let moments = DataStatistics::of(&set, &card.transform);
            (set, moments)
        });
        Ok(Self { transform, card, data, validation, model, layout, state, best, threads, place, engine })
    }

    /// The engine and its reasons.
    pub fn engine(&self) -> &EngineInfo {
        self.engine.info()
    }

    /// Where it computes.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Whether θ is that of the last step reported. A GPU computes some steps ahead; until they have been reported, θ is not
    /// to be read and nothing to be changed.
    pub fn is_settled(&self) -> bool {
        self.engine.is_settled()
    }

    /// Multiplications and additions in the products of a step with a full batch.
    pub fn step_flops(&self) -> f64 {
        let options = &self.card.options;
        let examples = options.batch_size.min(self.data.len());
        engine::step_flops(&self.model, &self.layout, examples, options.estimator.samples())
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
        engine::theta(&*self.engine)
    }

    /// The bounds of the reconstruction on the validation set, else on the training set.
    pub fn bounds(&self) -> Bounds {
        let train = &self.card.moments;
        let data = self.validation.as_ref().map_or(train, |(_, moments)| moments);
        self.model.likelihood().bounds(train, data)
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

    /// One update on the next batch; its losses, as they were before it, and its count of examples.
    ///
    /// # Errors
    /// [`Code::Diverged`] if the loss is not finite; θ is then as it was before this step. On a GPU, the driver's.
    pub fn step(&mut self) -> Result<(Losses, usize)> {
        self.step_with(u64::MAX, None)
    }

    /// [`Trainer::step`] with none computed ahead of it: if θ was settled before, it is settled afterwards.
    ///
    /// # Errors
    /// Those of [`Trainer::step`].
    pub fn single_step(&mut self) -> Result<(Losses, usize)> {
        self.step_with(1, None)
    }

    /// One update on the batch x with the noise ε; the losses, as they were before it.
    ///
    /// # Shapes
    /// x (B, D), ε (B·L, d)
    ///
    /// # Errors
    /// Those of [`Trainer::step`]; [`Code::Internal`] on a GPU, which finds its batches itself.
    pub fn step_on(&mut self, x: &[f32], epsilon: &[f32]) -> Result<Losses> {
        Ok(self.step_with(1, Some((x, epsilon)))?.0)
    }

    fn step_with(&mut self, most: u64, given: Option<(&[f32], &[f32])>) -> Result<(Losses, usize)> {
        let steps = Steps {
            state: &self.state,
            data: &self.data,
            transform: &self.transform,
            epochs: self.epochs(),
            seed: self.card.options.seed,
            adam: self.card.options.adam,
            most,
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

    /// Counts a step that has been made.
    fn record(&mut self, Outcome { sums, weights }: &Outcome, losses: &Losses) {
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
            .remedy(self.way_out())
    }

    fn way_out(&self) -> String {
        let (rate, good) = (self.state.learning_rate, self.engine.last_good().map_or(0, |(step, _)| step));
        format!(
            "lower `learningRate` (now {rate:?}), or check the scale of the data; the last good state is that of step {good}"
        )
    }

    /// Looks at what the last step left. The loss of the next step would show it too, but there may be none.
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
            .remedy(self.way_out()))
    }

    /// Takes stock after the last step of an epoch.
    ///
    /// # Errors
    /// [`Code::Diverged`] if θ or the validation is not finite; [`Code::Aborted`] if `task` was cancelled.
    pub fn end_epoch(&mut self, task: &Task) -> Result<EpochResult> {
        self.check_finite()?;
        let weights = self.state.weights();
        let train = std::mem::take(&mut self.state.sums).losses(weights);
        let validation = match &self.validation {
            Some((set, moments)) => {
                let (samples, seed) = (self.card.options.estimator.samples(), self.card.options.seed);
                let (transform, train) = (&self.card.transform, &self.card.moments);
                let subject = Subject { forward: self.engine.forward(), transform, train };
                Some(subject.evaluate_with(set, moments, weights, samples, seed, task)?)
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
        self.state.validation = validation.as_ref().map(|validation| validation.losses.clone());
        self.state.previous = validation.as_ref().map(|validation| (train.loss, validation.losses.loss));
        Ok(EpochResult { train, validation, best, warnings })
    }

    /// Compares with the best epoch so far. Losses at different β say nothing about each other, so that a changed β
    /// starts the comparison anew.
    fn judge(&mut self, losses: &Losses) -> Result<bool> {
        let delta = self.card.options.early_stopping.map_or(0.0, |stopping| stopping.min_delta);
        let before = self.state.best.as_ref().filter(|best| best.validation.beta == losses.beta);
        let improved = before.is_none_or(|best| losses.loss < best.validation.loss - delta);
        if improved {
            let epoch = self.epochs_done();
            self.state.best = Some(Best { epoch, step: self.state.step, validation: losses.clone() });
            self.state.stale = 0;
            if self.card.options.keep == Keep::Best {
                self.best = Some(self.theta()?);
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
        let forward = self.engine.forward();
        let x = fixed_batch(data, rows.clone(), &self.card.transform, options.seed);
        let conditions = data.conditions(rows.clone());
        let condition = |n: usize| conditions.as_ref().map(|all| &all[..n * data.condition_width()]);
        let latents = forward.encode(&x, condition(rows.len()))?.mean();
        let decode = |z: &[f32]| -> Result<Vec<f32>> {
            Ok(self.model.likelihood().mean(forward.decode(z, condition(z.len() / self.model.latent()))?))
        };
        let d = self.model.latent();
        let shown = if conditions.is_some() { SHOWN.min(rows.len()) } else { SHOWN };
        let z = forward.draw(Key::new(options.seed, Stream::Sampling), 0, shown, condition(shown))?;
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
        let [theta, m, v] = engine::parts(&*self.engine, &Part::ALL)?;
        let state = self.state.clone();
        let trained = self.card.trained(state.step, self.epochs_done(), state.beta, state.validation.clone());
        let training = Some(Training { state, m, v, best: self.best.clone(), own: self.engine.own()? });
        Ok(Stored { card: self.card.clone(), trained, theta, training })
    }

    /// The model that the run ends with: that of the last step or, if it was asked for, of the best epoch.
    pub fn result(&self) -> Result<Stored> {
        let state = &self.state;
        let (trained, theta) = match (&self.best, &state.best) {
            (Some(theta), Some(best)) => (
                self.card.trained(best.step, best.epoch, best.validation.beta, Some(best.validation.clone())),
                theta.clone(),
            ),
            _ => {
                (self.card.trained(state.step, self.epochs_done(), state.beta, state.validation.clone()), self.theta()?)
            }
        };
        Ok(Stored { card: self.card.clone(), trained, theta, training: None })
    }

    /// The last state whose loss is known to have been finite.
    ///
    /// # Errors
    /// Those of the device.
    pub fn last_good(&self) -> Result<Stored> {
        let (step, theta) = self.engine.last_good()?;
        let trained = self.card.trained(step, step / self.steps_per_epoch(), self.state.beta, None);
        Ok(Stored { card: self.card.clone(), trained, theta, training: None })
    }
}
