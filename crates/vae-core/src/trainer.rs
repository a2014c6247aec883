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
use candle_core::{DType, Tensor};
use vae_kernels::noise::{Key, Stream, fill_normals};
use vae_kernels::permutation::Permutation;

use crate::adam::Adam;
use crate::batch::{binarize, fixed_batch};
use crate::bounds::{Bounds, Moments};
use crate::card::Card;
use crate::data::{Binarize, Dataset};
use crate::elbo::{Elbo, Losses};
use crate::error::{Code, Error, Result};
use crate::evaluate::{Evaluation, Subject};
use crate::events::ProbeData;
use crate::forward::Forward;
use crate::model_file::{Stored, Training};
use crate::network::Network;
use crate::options::Keep;
use crate::parameters::Parameters;
use crate::posterior::Family;
use crate::real::tensor;
use crate::task::Task;
use crate::training_state::{Best, TrainingState};

/// How many reconstructions and samples a probe shows.
const SHOWN: usize = 16;
/// After so many steps a copy of θ is kept, to fall back on when the loss stops being finite.
const KEEP_GOOD: u64 = 64;
/// KL in nats below which a model, or one of its dimensions, counts as empty.
const EMPTY: f64 = 0.05;
const EMPTY_DIMENSION: f64 = 0.01;
/// Epochs that a model needs to find out which dimensions it has use for.
const SETTLED: u64 = 5;

/// A model in training, between two steps.
#[derive(Debug)]
pub struct Trainer {
    card: Card,
    data: Dataset,
    validation: Option<(Dataset, Moments)>,
    network: Network,
    parameters: Parameters,
    adam: Adam,
    state: TrainingState,
    best: Option<Vec<f32>>,
    good: (u64, Vec<f32>),
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
        let parameters = Parameters::new(layout, &theta, DType::F32, true)?;
        let mut adam = Adam::new(options.adam, &parameters)?;
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
        let good = (state.step, theta);
        Ok(Self { card, data, validation, network, parameters, adam, state, best, good })
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
        self.data.len().div_ceil(self.card.options.batch_size) as u64
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
    /// Those of [`Trainer::update`].
    pub fn step(&mut self) -> Result<(Losses, usize)> {
        let options = &self.card.options;
        let (step, l) = (self.state.step, options.samples);
        let rows = self.batch_rows();
        let d = self.network.latent();
        let size = self.card.shape.size();
        let mut x = vec![0.0; rows.len() * size];
        self.data.gather(&rows, &self.card.transform, &mut x);
        if self.card.transform.binarize() == Binarize::Dynamic {
            binarize(Key::new(options.seed, Stream::Binarize), size, &mut x, |position| (step, position as u32));
        }
        let x = tensor(x, (rows.len(), size), DType::F32)?;
        let mut epsilon = vec![0.0; rows.len() * l * d];
        if options.posterior == Family::Gaussian {
            fill_normals(Key::new(options.seed, Stream::Noise), step, 0, d, &mut epsilon);
        }
        let epsilon = tensor(epsilon, (rows.len() * l, d), DType::F32)?;
        Ok((self.update(&x, &epsilon)?, rows.len()))
    }

    /// One update on the batch x with the noise ε; the losses, as they were before it.
    ///
    /// # Shapes
    /// x (B, D), ε (B·L, d)
    ///
    /// # Errors
    /// [`Code::Diverged`] if the loss is not finite; θ is then as it was before this step.
    pub fn update(&mut self, x: &Tensor, epsilon: &Tensor) -> Result<Losses> {
        let step = self.state.step;
        let elbo = Elbo::new(&self.network, &self.parameters, x, epsilon)?;
        let sums = elbo.sums()?;
        let losses = sums.losses(self.state.beta);
        if !losses.is_finite() {
            return Err(self.diverged(&losses));
        }
        if step.is_multiple_of(KEEP_GOOD) {
            self.good = (step, self.parameters.values()?);
        }
        elbo.loss(self.state.beta)?.backward()?;
        self.adam.update(&self.parameters, self.state.learning_rate, step + 1)?;
        self.state.sums.add(sums);
        self.state.step += 1;
        Ok(losses)
    }

    /// The examples of the next batch: a stretch of this epoch's permutation.
    fn batch_rows(&self) -> Vec<usize> {
        let (n, b) = (self.data.len() as u64, self.card.options.batch_size as u64);
        let (epoch, batch) = (self.epochs_done(), self.state.step % self.steps_per_epoch());
        let order = Permutation::new(Key::new(self.card.options.seed, Stream::Shuffle), epoch, n);
        (batch * b..n.min((batch + 1) * b)).map(|position| order.get(position) as usize).collect()
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
            "lower learningRate (now {rate:?}), or check the scale of the data; the last good state is that of step {good}"
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
        let beta = self.state.beta;
        let train = std::mem::take(&mut self.state.sums).losses(beta);
        let validation = match &self.validation {
            Some((set, moments)) => {
                let (samples, seed) = (self.card.options.samples, self.card.options.seed);
                let forward = self.forward();
                let (transform, train) = (&self.card.transform, &self.card.moments);
                let subject = Subject { forward: &forward, transform, train };
                Some(subject.evaluate_with(set, moments, beta, samples, seed, task)?)
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

    fn warnings(&mut self, train: &Losses, validation: Option<&Evaluation>) -> Vec<(&'static str, String)> {
        let mut warnings = Vec::new();
        let epochs = self.epochs_done();
        let state = &mut self.state;
        let gaussian = self.card.options.posterior == Family::Gaussian;
        state.flat = if gaussian && train.kl < EMPTY { state.flat + 1 } else { 0 };
        if state.flat >= 2 {
            let message = format!(
                "posterior collapse: the KL term has been below {EMPTY} nats for {} epochs, so z says nothing and every \
                 sample is the mean of the data; lower beta (now {})",
                state.flat, state.beta
            );
            warnings.push(("collapsed", message));
        }
        if let Some(validation) = validation {
            let d = validation.kl_per_dimension.len();
            let dead = validation.kl_per_dimension.iter().filter(|kl| **kl < EMPTY_DIMENSION).count();
            if gaussian && epochs >= SETTLED && (1..d).contains(&dead) {
                let message = format!(
                    "{dead} of {d} latent dimensions carry less than {EMPTY_DIMENSION} nats: a smaller latentDim would \
                     do as well, or a lower beta would use them"
                );
                warnings.push(("dead-dimensions", message));
            }
            let rose = state
                .previous
                .is_some_and(|(before, validated)| train.loss < before && validation.losses.loss > validated);
            state.rising = if rose { state.rising + 1 } else { 0 };
            if state.rising >= 3 {
                let message = format!(
                    "the validation loss has risen for {} epochs while the training loss fell: the model overfits; \
                     keep: 'best' or earlyStopping would end with the better one",
                    state.rising
                );
                warnings.push(("overfitting", message));
            }
        }
        warnings.retain(|(code, _)| !state.warned.iter().any(|warned| warned == code));
        state.warned.extend(warnings.iter().map(|(code, _)| (*code).to_owned()));
        warnings
    }

    /// Latents of the first examples, reconstructions of a few of them, and samples for noise that stays the same.
    pub fn probe(&self, examples: usize) -> Result<ProbeData> {
        let options = &self.card.options;
        let data = self.validation().unwrap_or(&self.data);
        let rows = 0..data.len().min(examples);
        let forward = self.forward();
        let latents = forward.encode(&fixed_batch(data, rows.clone(), &self.card.transform, options.seed))?.mean;
        let decode = |z| -> Result<Vec<f32>> { Ok(self.network.likelihood().mean(&forward.decode(z)?)) };
        let d = self.network.latent();
        let mut z = vec![0.0; SHOWN * d];
        fill_normals(Key::new(options.seed, Stream::Sampling), 0, 0, d, &mut z);
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
        let (step, theta) = self.good.clone();
        let trained = self.card.trained(step, step / self.steps_per_epoch(), self.state.beta, None);
        Stored { card: self.card.clone(), trained, theta, training: None }
    }

    /// The model as it stands.
    fn forward(&self) -> Forward {
        Forward::new(&self.network, &self.parameters)
    }
}
