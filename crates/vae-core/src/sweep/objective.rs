//! By what trials are compared.
use serde_json::Value;

use crate::base::error::Result;
use crate::base::json_reader::Fields;

/// One of the losses of the validation data, or where there are none of the training data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Objective {
    /// −(reconstruction + KL), the greater the better.
    #[default]
    Elbo,
    /// reconstruction + β·KL, the smaller the better.
    Loss,
    /// The reconstruction term, the smaller the better.
    Reconstruction,
    /// The KL term, the smaller the better.
    Kl,
}

impl Objective {
    const NAMES: [(&str, Self); 4] =
        [("elbo", Self::Elbo), ("loss", Self::Loss), ("reconstruction", Self::Reconstruction), ("kl", Self::Kl)];

    pub(super) fn from_json(fields: &Fields) -> Result<Self> {
        Ok(fields.word("objective", &Self::NAMES)?.unwrap_or_default())
    }

    pub(super) fn to_json(self) -> Value {
        Self::NAMES.iter().find(|(_, objective)| *objective == self).map(|(name, _)| (*name).into()).unwrap_or_default()
    }

    /// Whether more is better.
    pub fn is_maximized(self) -> bool {
        self == Self::Elbo
    }

    /// The value as one that is to be small.
    pub(super) fn cost(self, value: f64) -> f64 {
        if self.is_maximized() { -value } else { value }
    }
}
