//! Scalar state of a run. With θ, Adam's moments and the seed it is the complete state: noise and order are functions
//! of the step.
use serde::{Deserialize, Serialize};

use crate::objective::losses::{Losses, Sums};
use crate::objective::weights::{Beta, Weights};
use crate::optim::learning_rate::LearningRate;

/// State of a run between two steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrainingState {
    /// Updates made.
    pub step: u64,
    /// β of the last step; before the first step, the initial β.
    pub beta: f64,
    /// Offset of the last step's objective, subtracted.
    #[serde(default)]
    pub offset: f64,
    /// Rule for β; `None` if constant.
    #[serde(default)]
    pub rule: Option<Beta>,
    /// Step at which β was last set.
    #[serde(default)]
    pub since: u64,
    /// Multiplier of a constraint.
    #[serde(default = "one")]
    pub multiplier: f64,
    /// η of the last step; before the first step, the initial η.
    pub learning_rate: f64,
    /// Rule for η; `None` if constant.
    #[serde(default)]
    pub learning_rate_rule: Option<LearningRate>,
    /// Step at which η was last set.
    #[serde(default)]
    pub learning_rate_since: u64,
    /// Both terms summed over the epoch so far.
    pub sums: Sums,
    /// Seconds of training so far.
    pub seconds: f64,
    /// Best epoch so far.
    pub best: Option<Best>,
    /// Epochs since the best one.
    pub stale: u64,
    /// Epochs in a row in which the validation loss rose while the training loss fell.
    pub rising: u64,
    /// Epochs in a row with almost no KL.
    pub flat: u64,
    /// Training and validation loss of the previous epoch.
    pub previous: Option<(f64, f64)>,
    /// Last validation.
    pub validation: Option<Losses>,
    /// Codes of the warnings already given; each is given once.
    pub warned: Vec<String>,
    /// Bytes of metrics.jsonl that belong to this state.
    pub record_bytes: u64,
}

/// Epoch with the lowest validation loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Best {
    /// Number of the epoch, from 1.
    pub epoch: u64,
    /// Updates made by its end.
    pub step: u64,
    /// Its validation losses.
    pub validation: Losses,
}

impl TrainingState {
    /// State before the first step.
    pub fn new(beta: Beta, learning_rate: LearningRate) -> Self {
        let mut state = Self {
            step: 0,
            beta: 1.0,
            offset: 0.0,
            rule: None,
            since: 0,
            multiplier: one(),
            learning_rate: learning_rate.first(),
            learning_rate_rule: None,
            learning_rate_since: 0,
            sums: Sums::default(),
            seconds: 0.0,
            best: None,
            stale: 0,
            rising: 0,
            flat: 0,
            previous: None,
            validation: None,
            warned: Vec::new(),
            record_bytes: 0,
        };
        state.set_beta(beta);
        state.set_learning_rate(learning_rate);
        state
    }

    /// Sets β from the next step on. A constraint continues from the current β.
    pub fn set_beta(&mut self, beta: Beta) {
        self.since = self.step;
        self.offset = 0.0;
        match beta {
            Beta::Constant(beta) => (self.beta, self.rule) = (beta, None),
            Beta::Constraint(_) => (self.multiplier, self.rule) = (beta.multiplier(self.beta), Some(beta)),
            Beta::Schedule(_) | Beta::Capacity(_) => (self.beta, self.rule) = (beta.first(), Some(beta)),
        }
    }

    /// β as last set: a number, or its rule.
    pub fn beta_in_force(&self) -> Beta {
        self.rule.unwrap_or(Beta::Constant(self.beta))
    }

    /// Sets η from the next step on.
    pub fn set_learning_rate(&mut self, rate: LearningRate) {
        self.learning_rate_since = self.step;
        self.learning_rate = rate.first();
        self.learning_rate_rule = match rate {
            LearningRate::Constant(_) => None,
            LearningRate::Schedule(_) => Some(rate),
        };
    }

    /// η as last set: a number, or its schedule.
    pub fn learning_rate_in_force(&self) -> LearningRate {
        self.learning_rate_rule.unwrap_or(LearningRate::Constant(self.learning_rate))
    }

    /// η of the update after `step` updates.
    pub fn learning_rate_at(&self, step: u64, steps_per_epoch: u64) -> f64 {
        let epochs = |since: u64| (step - since) as f64 / steps_per_epoch as f64;
        self.learning_rate_rule.map_or(self.learning_rate, |rule| rule.at(epochs(self.learning_rate_since)))
    }

    /// Weights of the last step.
    pub fn weights(&self) -> Weights {
        Weights { beta: self.beta, offset: self.offset }
    }
}

/// Initial multiplier.
fn one() -> f64 {
    1.0
}
