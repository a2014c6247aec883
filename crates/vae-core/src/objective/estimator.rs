//! Estimators of the bound's gradient through the draws of z.
use serde_json::{Value, json};

use super::Objective;
use super::elbo::Elbo;
use super::importance_weighted::ImportanceWeighted;
use super::log_sigma_bug::LogSigmaBug;
use super::score_function::ScoreFunction;
use crate::base::error::{Error, Result};
use crate::base::json_reader::JsonReader;
use crate::model::posterior::Family;

/// An estimator of the gradient, with L = `samples` draws of z per example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimator {
    /// z is a function of ε and the parameters, and the gradient flows through it (the paper's eq. 8).
    Reparameterization {
        /// L.
        samples: usize,
        /// Source of the KL term.
        kl: Kl,
    },
    /// The importance-weighted bound.
    ImportanceWeighted {
        /// K.
        samples: usize,
        /// Set for the doubly reparameterised gradient of the encoder.
        doubly: bool,
    },
    /// z is a constant, and the gradient of ln q(z|x) is weighted by the cost of the draw (REINFORCE, section 2.2).
    ScoreFunction {
        /// L.
        samples: usize,
        /// Set to subtract the mean cost of the other draws first.
        baseline: bool,
    },
}

/// Source of the KL term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kl {
    /// Its closed form (eq. 10 and 11).
    #[default]
    Analytic,
    /// ln q(z|x) − ln p(z) of the draws (eq. 9).
    MonteCarlo,
    /// No KL: the closed form with ln σ in place of ln σ², as in many Keras posts
    /// ([`log_sigma_bug`](super::log_sigma_bug)). Gaussian posterior only.
    KerasSlip,
}

impl Kl {
    /// Every source by its name in options.
    pub const NAMES: [(&'static str, Kl); 3] =
        [("analytic", Kl::Analytic), ("monte-carlo", Kl::MonteCarlo), ("keras-slip", Kl::KerasSlip)];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kl)| *kl == self).map_or("", |(name, _)| name)
    }
}

/// Maximum draws per example.
const MAX_SAMPLES: u64 = 1 << 16;

impl Default for Estimator {
    fn default() -> Self {
        Self::Reparameterization { samples: 1, kl: Kl::Analytic }
    }
}

impl Estimator {
    /// The objective that it estimates.
    pub fn objective(self) -> Box<dyn Objective> {
        match self {
            Self::Reparameterization { samples: draws, kl: Kl::KerasSlip } => Box::new(LogSigmaBug { draws }),
            Self::Reparameterization { samples: draws, kl } => {
                Box::new(Elbo { draws, monte_carlo: kl == Kl::MonteCarlo })
            }
            Self::ScoreFunction { samples: draws, baseline } => Box::new(ScoreFunction { draws, baseline }),
            Self::ImportanceWeighted { samples: draws, doubly } => Box::new(ImportanceWeighted { draws, doubly }),
        }
    }

    /// L.
    pub fn samples(self) -> usize {
        self.objective().draws()
    }

    /// True if it has a separate KL, weighted by β.
    pub fn has_kl(self) -> bool {
        !matches!(self, Self::ImportanceWeighted { .. })
    }

    /// Refuses the estimator not yet offered to users.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) as if it did not exist.
    pub(crate) fn check_published(self) -> Result<()> {
        if self.has_kl() {
            return Ok(());
        }
        Err(Error::option("estimator.type")
            .expected("'reparameterization' or 'score-function'")
            .received("\"importance-weighted\"")
            .remedy("train with one of those, and measure with logLikelihood({ samples })"))
    }

    /// True if the term in place of the KL is not a KL.
    pub fn is_keras_slip(self) -> bool {
        matches!(self, Self::Reparameterization { kl: Kl::KerasSlip, .. })
    }

    /// Reads `{ type: 'reparameterization', samples, kl }` or `{ type: 'score-function', samples, baseline }`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of a field that is wrong, or not allowed for this posterior.
    pub(crate) fn from_json(family: Family, options: &JsonReader) -> Result<Self> {
        let Some(value) = options.get("estimator") else { return Ok(Self::default()) };
        if family == Family::Deterministic {
            return Err(options.refuse("estimator", "nothing, as a deterministic posterior has nothing to sample"));
        }
        let all = JsonReader::within("estimator", value, ["type", "samples", "kl", "baseline", "gradient"])?;
        let samples = all.whole("samples", 1..=MAX_SAMPLES)?.map_or(1, |samples| samples as usize);
        let only = |name: &str, why: &str| match all.get(name) {
            Some(_) => Err(all.refuse(name, &format!("nothing, as {why}"))),
            None => Ok(()),
        };
        // Not yet in any list shown to users: it can train, but not yet evaluate.
        if all.get("type").and_then(Value::as_str) == Some("importance-weighted") {
            only("kl", "the importance-weighted bound has no separate KL")?;
            only("baseline", "only the score function subtracts one")?;
            if family == Family::Uniform {
                return Err(all.refuse("type", "another, as the support of a uniform posterior moves"));
            }
            let gradients = [("reparameterized", false), ("doubly-reparameterized", true)];
            return Ok(Self::ImportanceWeighted { samples, doubly: all.word("gradient", &gradients)?.unwrap_or(true) });
        }
        only("gradient", "only the importance-weighted bound has several")?;
        match all.needed_word("type", &[("reparameterization", true), ("score-function", false)])? {
            false if family == Family::Uniform => {
                let why = "'reparameterization', as the support of a uniform posterior moves with its parameters, which a \
                           score function does not see";
                Err(all.refuse("type", why))
            }
            false => {
                only("kl", "the score function takes both terms from its draws")?;
                let baseline = all.read("baseline", "true or false", |_: &bool| true)?.unwrap_or(false);
                Ok(Self::ScoreFunction { samples, baseline })
            }
            true => {
                only("baseline", "only the score function subtracts one")?;
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

    /// The JSON of the option.
    pub fn to_json(self) -> Value {
        match self {
            Self::Reparameterization { samples, kl } => {
                json!({ "type": "reparameterization", "samples": samples, "kl": kl.name() })
            }
            Self::ScoreFunction { samples, baseline } => {
                json!({ "type": "score-function", "samples": samples, "baseline": baseline })
            }
            Self::ImportanceWeighted { samples, doubly } => {
                let gradient = if doubly { "doubly-reparameterized" } else { "reparameterized" };
                json!({ "type": "importance-weighted", "samples": samples, "gradient": gradient })
            }
        }
    }
}
