//! How the gradient of the bound is estimated where it goes through the draws of z.
use serde_json::{Value, json};

use crate::base::error::Result;
use crate::base::json_reader::Fields;
use crate::model::posterior::Family;

/// An estimator of the gradient, with L = `samples` draws of z for each example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimator {
    /// z is a function of ε and the parameters, and the gradient goes through it (the paper's eq. 8).
    Reparameterization {
        /// L.
        samples: usize,
        /// Where the KL term comes from.
        kl: Kl,
    },
    /// z stays where it is, and the gradient of ln q(z|x) is weighted by what the draw costs (REINFORCE, section 2.2).
    ScoreFunction {
        /// L.
        samples: usize,
        /// Is the mean cost of the other draws subtracted first?
        baseline: bool,
    },
}

/// Where the KL term comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kl {
    /// Its closed form (eq. 10 and 11).
    #[default]
    Analytic,
    /// ln q(z|x) − ln p(z) of the draws (eq. 9).
    MonteCarlo,
    /// No KL: the closed form with ln σ where ln σ² is due, as many Keras posts have it
    /// ([`Posterior::keras_slip`](crate::model::posterior::Posterior::keras_slip)). Of a gaussian posterior only.
    KerasSlip,
}

impl Kl {
    /// Every way by its name in options.
    pub const NAMES: [(&'static str, Kl); 3] =
        [("analytic", Kl::Analytic), ("monte-carlo", Kl::MonteCarlo), ("keras-slip", Kl::KerasSlip)];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kl)| *kl == self).map_or("", |(name, _)| name)
    }
}

/// The most draws of an example.
const MOST: u64 = 1 << 16;

impl Default for Estimator {
    fn default() -> Self {
        Self::Reparameterization { samples: 1, kl: Kl::Analytic }
    }
}

impl Estimator {
    /// L.
    pub fn samples(self) -> usize {
        match self {
            Self::Reparameterization { samples, .. } | Self::ScoreFunction { samples, .. } => samples,
        }
    }

    /// Is the KL that of the draws?
    pub fn is_monte_carlo(self) -> bool {
        matches!(self, Self::ScoreFunction { .. } | Self::Reparameterization { kl: Kl::MonteCarlo, .. })
    }

    /// Is what stands for the KL no KL?
    pub fn is_keras_slip(self) -> bool {
        matches!(self, Self::Reparameterization { kl: Kl::KerasSlip, .. })
    }

    /// Why only the reference path computes it; `None`: the fused one does too.
    pub(crate) fn unfused(self) -> Option<&'static str> {
        match self {
            Self::ScoreFunction { .. } => Some("the score-function estimator has no fused form"),
            Self::Reparameterization { kl: Kl::KerasSlip, .. } => Some("the keras-slip KL has no fused form"),
            Self::Reparameterization { kl: Kl::Analytic | Kl::MonteCarlo, .. } => None,
        }
    }

    /// Reads `{ type: 'reparameterization', samples, kl }` or `{ type: 'score-function', samples, baseline }`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of what is wrong, or what this posterior does not allow.
    pub(crate) fn from_json(family: Family, options: &Fields) -> Result<Self> {
        let Some(value) = options.get("estimator") else { return Ok(Self::default()) };
        if family == Family::Deterministic {
            return Err(options.refuse("estimator", "nothing, as a deterministic posterior has nothing to sample"));
        }
        let all = Fields::within("estimator", value, ["type", "samples", "kl", "baseline"])?;
        let kinds = [("reparameterization", true), ("score-function", false)];
        let samples = all.whole("samples", 1..=MOST)?.map_or(1, |samples| samples as usize);
        if all.get("type").and_then(Value::as_str) == Some("importance-weighted") {
            let error = all.refuse("type", "'reparameterization' or 'score-function'");
            return Err(error.remedy("train with one of those, and measure with logLikelihood({ samples })"));
        }
        match all.needed_word("type", &kinds)? {
            false if family == Family::Uniform => {
                let why = "'reparameterization', as the support of a uniform posterior moves with its parameters, which a \
                           score function does not see";
                Err(all.refuse("type", why))
            }
            false => {
                if all.get("kl").is_some() {
                    return Err(all.refuse("kl", "nothing, as the score function takes both terms from its draws"));
                }
                let baseline = all.read("baseline", "true or false", |_: &bool| true)?.unwrap_or(false);
                Ok(Self::ScoreFunction { samples, baseline })
            }
            true => {
                if all.get("baseline").is_some() {
                    return Err(all.refuse("baseline", "nothing, as only the score function subtracts one"));
                }
                let kl = all.word("kl", &Kl::NAMES)?.unwrap_or_default();
                if kl == Kl::KerasSlip && family != Family::Gaussian {
                    let why = "'analytic' or 'monte-carlo', as the slip takes ln σ for ln σ², which only a gaussian \
                               posterior has";
                    return Err(all.refuse("kl", why));
                }
                Ok(Self::Reparameterization { samples, kl })
            }
        }
    }

    /// As it is written in options.
    pub fn to_json(self) -> Value {
        match self {
            Self::Reparameterization { samples, kl } => {
                json!({ "type": "reparameterization", "samples": samples, "kl": kl.name() })
            }
            Self::ScoreFunction { samples, baseline } => {
                json!({ "type": "score-function", "samples": samples, "baseline": baseline })
            }
        }
    }
}
