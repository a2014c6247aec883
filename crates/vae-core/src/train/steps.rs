//! Steps of a training run, each a function of the seed and its number: batch, noise, weights, learning rate.
use vae_kernels::noise::{Key, Stream};
use vae_kernels::{Adam, Noise};

use crate::base::error::Result;
use crate::data::batch::{BatchExamples, Shuffled, StepBatch};
use crate::data::epochs::Epochs;
use crate::data::{Dataset, Transform};
use crate::engine::StepSource;
use crate::files::training_state::TrainingState;
use crate::objective::weights::Weights;
use crate::optim::adam::AdamOptions;

/// Steps after a state.
pub(super) struct PlannedSteps<'a> {
    pub(super) state: &'a TrainingState,
    pub(super) data: &'a Dataset,
    pub(super) transform: &'a Transform,
    pub(super) epochs: Epochs,
    pub(super) seed: u64,
    pub(super) adam: AdamOptions,
    /// Maximum steps computed before the first is reported.
    pub(super) max_steps: u64,
    /// Batch x (B, D) and noise ε (B·L, d) that replace the next step's own.
    pub(super) given: Option<(&'a [f32], &'a [f32])>,
}

impl StepSource for PlannedSteps<'_> {
    fn next(&self) -> u64 {
        self.state.step
    }

    fn ahead(&self) -> u64 {
        // An adaptive β is known for one step only; an epoch ends with a validation.
        let is_adaptive = self.state.rule.is_some_and(|rule| rule.is_adaptive());
        let left = self.epochs.steps() - self.state.step % self.epochs.steps();
        if is_adaptive { 1 } else { left.min(self.max_steps) }
    }

    fn batch(&self, step: u64) -> StepBatch<'_> {
        match self.given {
            Some((x, _)) => StepBatch { source: BatchExamples::Given(x), examples: x.len() / self.data.shape().size() },
            None => {
                let shuffled = Shuffled::new(self.data, self.transform, self.epochs, self.seed, step);
                StepBatch { source: BatchExamples::Shuffled(shuffled), examples: self.epochs.examples(step) as usize }
            }
        }
    }

    fn noise(&self, step: u64) -> Noise<'_> {
        match self.given {
            Some((_, epsilon)) => Noise::Given(epsilon),
            None => Noise::Drawn(Key::new(self.seed, Stream::Noise), step),
        }
    }

    fn adam(&self, step: u64) -> Adam {
        self.adam.constants(self.state.learning_rate_at(step, self.epochs.steps()), step + 1)
    }

    fn weights(&self, step: u64, kl: &mut dyn FnMut() -> Result<f64>) -> Result<Weights> {
        let Some(rule) = self.state.rule else { return Ok(Weights::new(self.state.beta)) };
        let epochs = (step - self.state.since) as f64 / self.epochs.steps() as f64;
        rule.weights(epochs, self.state.multiplier, kl)
    }
}
