//! β, the weight of the KL term (eq. 12): a number, a schedule, or a rule that holds the KL or the reconstruction at a
//! value.
//!
//! In each case one step minimises
//!
//! ```text
//! reconstruction + β·KL − offset
//! ```
//!
//! with a constant β and offset. For a constraint this is the Lagrangian of the paper's section 2.7: KL ≤ ε gives
//! reconstruction + λ·(KL − ε) with a multiplier λ ≥ 0 (β = λ), and reconstruction ≤ R gives KL + ν·(reconstruction −
//! R) (β = 1/ν), which has this form after division by ν, and the same steps under Adam. For a capacity, γ·|KL − C| is
//! ±γ·(KL − C).
use std::f64::consts::PI;

use serde_json::{Value, json};

use crate::base::error::{Error, Result};
use crate::base::json_reader::JsonReader;

/// The rule for β.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Beta {
    /// A number.
    Constant(f64),
    /// A function of time.
    Schedule(BetaSchedule),
    /// ±γ, which holds the KL at a value.
    Capacity(Capacity),
    /// The multiplier of a constraint.
    Constraint(Constraint),
}

/// A path of β from one number to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaSchedule {
    /// The shape of the path.
    pub shape: ScheduleShape,
    /// The first β.
    pub from: f64,
    /// The last β.
    pub to: f64,
    /// Epochs from the first to the last.
    pub epochs: f64,
}

/// The way from the first β to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleShape {
    /// A straight line.
    Linear,
    /// Half a wave: slow, fast, slow.
    Cosine,
    /// This number of cycles: a straight line for half of each, the last β for the other half (Fu et al., NAACL 2019).
    Cyclical(u64),
}

/// The objective reconstruction + γ·|KL − C|, in which C grows linearly from 0 (Burgess et al., 2018).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Capacity {
    /// The last C, in nats.
    pub kl: f64,
    /// Epochs until C reaches it.
    pub epochs: f64,
    /// γ.
    pub gamma: f64,
}

/// An inequality that training enforces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constraint {
    /// The bounded term.
    pub on: ConstrainedTerm,
    /// Its upper bound.
    pub nats: f64,
    /// Growth of the multiplier's logarithm per step and nat above the bound.
    pub rate: f64,
}

/// A term of the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstrainedTerm {
    /// The KL term: minimises the reconstruction subject to KL ≤ ε.
    Kl,
    /// The reconstruction: minimises the KL subject to reconstruction ≤ R.
    Reconstruction,
}

/// Default rate: after ten epochs the KL of MNIST is within a twentieth of a nat of 2, 5 and 10.
const RATE: f64 = 2e-3;
/// Default γ. Burgess et al. use 1000, for images of 64 × 64; on MNIST 100 and 10 train faster and hold the KL to a
/// tenth of a nat.
const GAMMA: f64 = 100.0;
/// Smallest multiplier, in effect 0; a smaller one could not recover.
const MIN_BETA: f64 = 1e-6;
/// Limit of the nats above or below the bound used in a step: at the start the terms are far from their final values.
const CLAMP: f64 = 10.0;

/// The weights of one step: reconstruction + β·KL − offset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// β.
    pub beta: f64,
    /// The constant that completes the Lagrangian; it has no gradient.
    pub offset: f64,
}

impl Weights {
    /// A plain β.
    pub fn new(beta: f64) -> Self {
        Self { beta, offset: 0.0 }
    }
}

impl Beta {
    /// Reads a number or an object with `type`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of the field that is wrong.
    pub(crate) fn from_json(path: &str, value: &Value) -> Result<Self> {
        if !value.is_object() {
            let number = value.as_f64().filter(|beta| *beta >= 0.0 && beta.is_finite());
            return match number {
                Some(beta) => Ok(Self::Constant(beta)),
                None => {
                    Err(Error::option(path).expected("a number from 0 up, or an object with 'type'").received(value))
                }
            };
        }
        let (kind, names) = JsonReader::within(path, value, ALL)?.needed_word("type", &KINDS)?;
        let fields = JsonReader::within(path, value, names.iter().copied())?;
        let needed = |name: &str, found: Option<f64>, otherwise: Option<f64>| {
            found.or(otherwise).ok_or_else(|| fields.refuse(name, "a number"))
        };
        let beta = |name, otherwise| needed(name, from_zero(&fields, name)?, otherwise);
        let above_zero = |name, otherwise| {
            let found = fields.number(name, "a number above 0", |number| number > 0.0 && number.is_finite())?;
            needed(name, found, otherwise)
        };
        let schedule = |shape, from| -> Result<Self> {
            let (from, to) = (beta("from", from)?, beta("to", None)?);
            Ok(Self::Schedule(BetaSchedule { shape, from, to, epochs: above_zero("epochs", None)? }))
        };
        let constraint = |on| -> Result<Self> {
            let nats = match on {
                ConstrainedTerm::Kl => beta("nats", None)?,
                // The gaussian's is −ln of a density, of either sign.
                ConstrainedTerm::Reconstruction => {
                    needed("nats", fields.number("nats", "a number", f64::is_finite)?, None)?
                }
            };
            Ok(Self::Constraint(Constraint { on, nats, rate: above_zero("rate", Some(RATE))? }))
        };
        match kind {
            BetaRuleKind::Linear => schedule(ScheduleShape::Linear, None),
            BetaRuleKind::Cosine => schedule(ScheduleShape::Cosine, None),
            BetaRuleKind::Cyclical => {
                let cycles = fields.whole("cycles", 1..=1 << 24)?;
                let cycles = cycles.ok_or_else(|| fields.refuse("cycles", "a whole number from 1 up"))?;
                schedule(ScheduleShape::Cyclical(cycles), Some(0.0))
            }
            BetaRuleKind::Capacity => Ok(Self::Capacity(Capacity {
                kl: beta("kl", None)?,
                epochs: above_zero("epochs", None)?,
                gamma: above_zero("gamma", Some(GAMMA))?,
            })),
            BetaRuleKind::TargetKl => constraint(ConstrainedTerm::Kl),
            BetaRuleKind::TargetReconstruction => constraint(ConstrainedTerm::Reconstruction),
        }
    }

    /// The JSON of the option.
    pub fn to_json(&self) -> Value {
        match *self {
            Self::Constant(beta) => json!(beta),
            Self::Schedule(BetaSchedule { shape, from, to, epochs }) => {
                let mut json = json!({ "from": from, "to": to, "epochs": epochs });
                json["type"] = json!(match shape {
                    ScheduleShape::Linear => "linear",
                    ScheduleShape::Cosine => "cosine",
                    ScheduleShape::Cyclical(_) => "cyclical",
                });
                if let ScheduleShape::Cyclical(cycles) = shape {
                    json["cycles"] = json!(cycles);
                }
                json
            }
            Self::Capacity(Capacity { kl, epochs, gamma }) => {
                json!({ "type": "capacity", "kl": kl, "epochs": epochs, "gamma": gamma })
            }
            Self::Constraint(Constraint { on, nats, rate }) => {
                let kind = if on == ConstrainedTerm::Kl { "target-kl" } else { "target-reconstruction" };
                json!({ "type": kind, "nats": nats, "rate": rate })
            }
        }
    }

    /// β at the start.
    pub fn first(&self) -> f64 {
        match self {
            Self::Constant(beta) => *beta,
            Self::Schedule(schedule) => schedule.at(0.0),
            Self::Capacity(capacity) => capacity.gamma,
            Self::Constraint(_) => 1.0,
        }
    }

    /// True if β depends on the terms of the step before, so that steps cannot be planned ahead.
    pub(crate) fn is_adaptive(&self) -> bool {
        matches!(self, Self::Capacity(_) | Self::Constraint(_))
    }

    /// The weights `epochs` after the rule was set. `multiplier` belongs to a constraint; `kl` computes the KL of the
    /// step's batch for a capacity, whose sign depends on its side of C.
    pub(crate) fn weights(&self, epochs: f64, multiplier: f64, kl: impl FnOnce() -> Result<f64>) -> Result<Weights> {
        Ok(match self {
            Self::Constant(beta) => Weights::new(*beta),
            Self::Schedule(schedule) => Weights::new(schedule.at(epochs)),
            Self::Capacity(capacity) => {
                let c = capacity.kl * (epochs / capacity.epochs).min(1.0);
                let beta = if kl()? < c { -capacity.gamma } else { capacity.gamma };
                Weights { beta, offset: beta * c }
            }
            Self::Constraint(Constraint { on: ConstrainedTerm::Kl, nats, .. }) => {
                Weights { beta: multiplier, offset: multiplier * nats }
            }
            Self::Constraint(Constraint { on: ConstrainedTerm::Reconstruction, nats, .. }) => {
                Weights { beta: multiplier.recip(), offset: *nats }
            }
        })
    }

    /// The multiplier at which a constraint gives this β.
    pub(crate) fn multiplier(&self, beta: f64) -> f64 {
        match self {
            Self::Constraint(Constraint { on: ConstrainedTerm::Reconstruction, .. }) => {
                beta.recip().clamp(MIN_BETA, ConstrainedTerm::Reconstruction.max_multiplier())
            }
            _ => beta.clamp(MIN_BETA, ConstrainedTerm::Kl.max_multiplier()),
        }
    }

    /// The multiplier after a step with these terms: multiplicative ascent on the dual, so that it stays above 0.
    pub(crate) fn ascend(&self, multiplier: f64, reconstruction: f64, kl: f64) -> f64 {
        let Self::Constraint(Constraint { on, nats, rate }) = self else { return multiplier };
        let above = if *on == ConstrainedTerm::Kl { kl } else { reconstruction } - nats;
        (multiplier * (rate * above.clamp(-CLAMP, CLAMP)).exp()).clamp(MIN_BETA, on.max_multiplier())
    }
}

impl ConstrainedTerm {
    /// The largest multiplier of a constraint on this term. An infeasible constraint, or one not yet feasible, would
    /// raise it without end; here it already dominates: a KL of this weight is 0, and beside such a reconstruction no
    /// KL counts.
    fn max_multiplier(self) -> f64 {
        match self {
            Self::Kl => 1e6,
            Self::Reconstruction => 1e3,
        }
    }
}

impl BetaSchedule {
    /// β after `epochs` epochs.
    fn at(&self, epochs: f64) -> f64 {
        let done = (epochs / self.epochs).min(1.0);
        let part = match self.shape {
            ScheduleShape::Linear => done,
            ScheduleShape::Cosine => (1.0 - (PI * done).cos()) / 2.0,
            ScheduleShape::Cyclical(_) if done == 1.0 => 1.0,
            ScheduleShape::Cyclical(cycles) => (2.0 * (done * cycles as f64).fract()).min(1.0),
        };
        self.from + (self.to - self.from) * part
    }
}

fn from_zero(fields: &JsonReader, name: &str) -> Result<Option<f64>> {
    fields.number(name, "a number from 0 up", |number| number >= 0.0 && number.is_finite())
}

/// The kinds that have parameters.
#[derive(Debug, Clone, Copy)]
enum BetaRuleKind {
    Linear,
    Cosine,
    Cyclical,
    Capacity,
    TargetKl,
    TargetReconstruction,
}

/// Each kind by its name, and the names of its parameters.
const KINDS: [(&str, (BetaRuleKind, &[&str])); 6] = [
    ("linear", (BetaRuleKind::Linear, &["type", "from", "to", "epochs"])),
    ("cosine", (BetaRuleKind::Cosine, &["type", "from", "to", "epochs"])),
    ("cyclical", (BetaRuleKind::Cyclical, &["type", "from", "to", "cycles", "epochs"])),
    ("capacity", (BetaRuleKind::Capacity, &["type", "kl", "epochs", "gamma"])),
    ("target-kl", (BetaRuleKind::TargetKl, &["type", "nats", "rate"])),
    ("target-reconstruction", (BetaRuleKind::TargetReconstruction, &["type", "nats", "rate"])),
];
const ALL: [&str; 9] = ["type", "from", "to", "epochs", "cycles", "kl", "gamma", "nats", "rate"];

impl serde::Serialize for Beta {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Beta {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_json("beta", &value).map_err(serde::de::Error::custom)
    }
}
