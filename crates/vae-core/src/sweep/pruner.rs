//! Pruner, which ends unpromising trials.
use std::collections::HashMap;

use optimizer::Direction;
use optimizer::pruner::{MedianPruner, Pruner as _};
use optimizer::sampler::CompletedTrial;
use serde_json::{Value, json};

use super::history::Ended;
use super::objective::SweepObjective;
use crate::base::error::Result;
use crate::base::json_reader::JsonReader;

/// Median rule: ends a trial whose value after an epoch is worse than the median of the complete trials at that epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruner {
    /// Epochs that every trial trains before pruning.
    pub warmup_epochs: u64,
    /// Minimum complete trials to compare with.
    pub min_trials: usize,
}

impl Default for Pruner {
    fn default() -> Self {
        Self { warmup_epochs: 1, min_trials: 5 }
    }
}

impl Pruner {
    pub(super) fn from_json(fields: &JsonReader) -> Result<Option<Self>> {
        let words = [("median", ())];
        let Some(value) = fields.get("pruner") else { return Ok(None) };
        if !value.is_object() {
            return Ok(fields.word("pruner", &words)?.map(|()| Self::default()));
        }
        let inner = JsonReader::within("pruner", value, ["type", "warmupEpochs", "minTrials"])?;
        inner.needed_word("type", &words)?;
        let default = Self::default();
        let min_trials = inner.whole("minTrials", 1..=super::space::MAX_POINTS as u64)?;
        Ok(Some(Self {
            warmup_epochs: inner.whole("warmupEpochs", 0..=1 << 24)?.unwrap_or(default.warmup_epochs),
            min_trials: min_trials.map_or(default.min_trials, |trials| trials as usize),
        }))
    }

    pub(super) fn to_json(self) -> Value {
        json!({ "type": "median", "warmupEpochs": self.warmup_epochs, "minTrials": self.min_trials })
    }

    /// True if a trial that reported these values (of epochs from 1, in order) should end.
    pub fn should_prune(&self, objective: SweepObjective, reported: &[(u64, f64)], history: &[Ended]) -> bool {
        let Some(&(epoch, _)) = reported.last() else { return false };
        let direction = if objective.is_maximized() { Direction::Maximize } else { Direction::Minimize };
        let complete = history.iter().enumerate().filter(|(_, trial)| trial.complete);
        let known: Vec<CompletedTrial> = complete
            .map(|(number, trial)| {
                let intermediate = trial.intermediate.clone();
                let params = HashMap::new();
                let distributions = HashMap::new();
                let labels = HashMap::new();
                CompletedTrial::with_intermediate_values(
                    number as u64,
                    params,
                    distributions,
                    labels,
                    trial.value,
                    intermediate,
                    HashMap::new(),
                )
            })
            .collect();
        // The crate's warm-up counts steps from 0: the first epoch that may be pruned is the one after it.
        let rule = MedianPruner::new(direction).n_warmup_steps(self.warmup_epochs + 1).n_min_trials(self.min_trials);
        rule.should_prune(known.len() as u64, epoch, reported, &known)
    }
}
