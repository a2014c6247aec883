//! How the gradient of the bound is estimated where it goes through the draws of z.
use serde_json::{Value, json};

use super::Objective;
use super::elbo::Elbo;
use super::importance_weighted::ImportanceWeighted;
use super::log_sigma_bug::LogSigmaBug;
use super::score_function::ScoreFunction;
use crate::base::error::{Error, Result};
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
    /// The importance-weighted bound.
    ImportanceWeighted {
        /// K.
        samples: usize,
        /// Whether the encoder's gradient is the doubly reparameterised one.
        doubly: bool,
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
    /// ([`log_sigma_bug`](super::log_sigma_bug)). Of a gaussian posterior only.
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

    /// Whether it has a KL of its own that β weighs.
    pub fn has_kl(self) -> bool {
        !matches!(self, Self::ImportanceWeighted { .. })
    }

    /// Refuses the estimator that no user is offered yet.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) as if there were none.
    pub(crate) fn check_published(self) -> Result<()> {
        if self.has_kl() {
            return Ok(());
        }
        Err(Error::option("estimator.type")
            .expected("'reparameterization' or 'score-function'")
            .received("\"importance-weighted\"")
            .remedy("train with one of those, and measure with logLikelihood({ samples })"))
    }

    /// Whether the number in place of the KL is no KL.
    pub fn is_keras_slip(self) -> bool {
        matches!(self, Self::Reparameterization { kl: Kl::KerasSlip, .. })
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
        let all = Fields::within("estimator", value, ["type", "samples", "kl", "baseline", "gradient"])?;
        let samples = all.whole("samples", 1..=MOST)?.map_or(1, |samples| samples as usize);
        let only = |name: &str, why: &str| match all.get(name) {
            Some(_) => Err(all.refuse(name, &format!("nothing, as {why}"))),
            None => Ok(()),
        };
        // In no list yet that a user reads: it is trained as it should be, and not yet evaluated by.
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

    /// As it is written in options.
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
