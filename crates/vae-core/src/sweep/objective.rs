//! Objective by which trials are compared.
use serde_json::Value;

use crate::base::error::Result;
use crate::base::json_reader::JsonReader;

/// Loss on the validation data, or on the training data if there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SweepObjective {
    /// −(reconstruction + KL), maximised.
    #[default]
    Elbo,
    /// reconstruction + β·KL, minimised.
    Loss,
    /// Reconstruction term, minimised.
    Reconstruction,
    /// KL term, minimised.
    Kl,
}

impl SweepObjective {
    const NAMES: [(&str, Self); 4] =
        [("elbo", Self::Elbo), ("loss", Self::Loss), ("reconstruction", Self::Reconstruction), ("kl", Self::Kl)];

    pub(super) fn from_json(fields: &JsonReader) -> Result<Self> {
        Ok(fields.word("objective", &Self::NAMES)?.unwrap_or_default())
    }

    pub(super) fn to_json(self) -> Value {
        Self::NAMES.iter().find(|(_, objective)| *objective == self).map(|(name, _)| (*name).into()).unwrap_or_default()
    }

    /// True if the objective is maximised.
    pub fn is_maximized(self) -> bool {
        self == Self::Elbo
    }

    /// Value as a cost to minimise.
    pub(super) fn cost(self, value: f64) -> f64 {
        if self.is_maximized() { -value } else { value }
    }
}
