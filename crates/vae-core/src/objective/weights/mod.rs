//! β, the weight of the KL term (eq. 12): a number, a schedule, or what holds the KL or the reconstruction at a value.
//!
//! Whatever it is, one step minimises
//!
//! ```text
//! reconstruction + β·KL − offset
//! ```
//!
//! with a β and a constant of that step. For a constraint that is the Lagrangian of the paper's section 2.7: KL ≤ ε gives
//! reconstruction + λ·(KL − ε) with a multiplier λ ≥ 0 (β = λ), and reconstruction ≤ R gives KL + ν·(reconstruction − R)
//! (β = 1/ν), which divided by ν has this form too, and the same steps under Adam. For a capacity, γ·|KL − C| is
//! ±γ·(KL − C).
use std::f64::consts::PI;

use serde_json::{Value, json};

use crate::base::error::{Error, Result};
use crate::base::json_reader::Fields;

/// What β is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Beta {
    /// A number.
    Constant(f64),
    /// A function of time.
    Schedule(Schedule),
    /// ±γ, which holds the KL at a value.
    Capacity(Capacity),
    /// The multiplier of a constraint.
    Constraint(Constraint),
}

/// β goes from one number to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// How.
    pub shape: Shape,
    /// The first β.
    pub from: f64,
    /// The last β.
    pub to: f64,
    /// After so many epochs.
    pub epochs: f64,
}

/// The way from the first β to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A straight line.
    Linear,
    /// Half a wave: slow, fast, slow.
    Cosine,
    /// So many times anew: a straight line for half of each cycle, the last β for the other half (Fu et al., NAACL 2019).
    Cyclical(u64),
}

/// The objective reconstruction + γ·|KL − C|, in which C grows from 0 in a straight line (Burgess et al., 2018).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Capacity {
    /// The last C, in nats.
    pub kl: f64,
    /// After so many epochs.
    pub epochs: f64,
    /// γ.
    pub gamma: f64,
}

/// An inequality that training keeps to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constraint {
    /// Which term must not be larger.
    pub on: Term,
    /// Than what.
    pub nats: f64,
    /// By how much the logarithm of the multiplier grows in a step for every nat above.
    pub rate: f64,
}

/// A term of the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// The KL term: the smallest reconstruction of those with KL ≤ ε.
    Kl,
    /// The reconstruction: the smallest KL of those with reconstruction ≤ R.
    Reconstruction,
}

/// With it the KL of MNIST lies within a twentieth of a nat of 2, 5 and 10 after ten epochs.
const RATE: f64 = 2e-3;
/// Burgess et al. take 1000, for images of 64 × 64. On MNIST 100 holds the KL to a tenth of a nat and trains faster; so does 10.
const GAMMA: f64 = 100.0;
/// A multiplier below this counts as 0; if it were smaller, it could not come back.
const LEAST: f64 = 1e-6;
/// The most nats above or below that a step takes notice of: at the start the terms are far from where they end.
const CLAMP: f64 = 10.0;

/// The weights of one step: reconstruction + β·KL − offset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// β.
    pub beta: f64,
    /// What has no gradient, and makes a Lagrangian of it.
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
    /// [`Code::Option`](crate::Code::Option) with the path of what is wrong.
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
        let (kind, names) = Fields::within(path, value, ALL)?.needed_word("type", &KINDS)?;
        let fields = Fields::within(path, value, names.iter().copied())?;
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
            Ok(Self::Schedule(Schedule { shape, from, to, epochs: above_zero("epochs", None)? }))
        };
        let constraint = |on| -> Result<Self> {
            let nats = match on {
                Term::Kl => beta("nats", None)?,
                // The gaussian's is −ln of a density, which may be of any sign.
                Term::Reconstruction => needed("nats", fields.number("nats", "a number", f64::is_finite)?, None)?,
            };
            Ok(Self::Constraint(Constraint { on, nats, rate: above_zero("rate", Some(RATE))? }))
        };
        match kind {
            Kind::Linear => schedule(Shape::Linear, None),
            Kind::Cosine => schedule(Shape::Cosine, None),
            Kind::Cyclical => {
                let cycles = fields.whole("cycles", 1..=1 << 24)?;
                let cycles = cycles.ok_or_else(|| fields.refuse("cycles", "a whole number from 1 up"))?;
                schedule(Shape::Cyclical(cycles), Some(0.0))
            }
            Kind::Capacity => Ok(Self::Capacity(Capacity {
                kl: beta("kl", None)?,
                epochs: above_zero("epochs", None)?,
                gamma: above_zero("gamma", Some(GAMMA))?,
            })),
            Kind::TargetKl => constraint(Term::Kl),
            Kind::TargetReconstruction => constraint(Term::Reconstruction),
        }
    }

    /// As it is written in options.
    pub fn to_json(&self) -> Value {
        match *self {
            Self::Constant(beta) => json!(beta),
            Self::Schedule(Schedule { shape, from, to, epochs }) => {
                let mut json = json!({ "from": from, "to": to, "epochs": epochs });
                json["type"] = json!(match shape {
                    Shape::Linear => "linear",
                    Shape::Cosine => "cosine",
                    Shape::Cyclical(_) => "cyclical",
                });
                if let Shape::Cyclical(cycles) = shape {
                    json["cycles"] = json!(cycles);
                }
                json
            }
            Self::Capacity(Capacity { kl, epochs, gamma }) => {
                json!({ "type": "capacity", "kl": kl, "epochs": epochs, "gamma": gamma })
            }
            Self::Constraint(Constraint { on, nats, rate }) => {
                let kind = if on == Term::Kl { "target-kl" } else { "target-reconstruction" };
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

    /// Whether β depends on the terms of the step before, so that no two steps can be planned at once.
    pub(crate) fn is_adaptive(&self) -> bool {
        matches!(self, Self::Capacity(_) | Self::Constraint(_))
    }

    /// The weights `epochs` after the rule was set; `multiplier` is that of a constraint, and `kl` finds the KL of the step's
    /// batch for a capacity, which must know on which side of C it is.
    pub(crate) fn weights(&self, epochs: f64, multiplier: f64, kl: impl FnOnce() -> Result<f64>) -> Result<Weights> {
        Ok(match self {
            Self::Constant(beta) => Weights::new(*beta),
            Self::Schedule(schedule) => Weights::new(schedule.at(epochs)),
            Self::Capacity(capacity) => {
                let c = capacity.kl * (epochs / capacity.epochs).min(1.0);
                let beta = if kl()? < c { -capacity.gamma } else { capacity.gamma };
                Weights { beta, offset: beta * c }
            }
            Self::Constraint(Constraint { on: Term::Kl, nats, .. }) => {
                Weights { beta: multiplier, offset: multiplier * nats }
            }
            Self::Constraint(Constraint { on: Term::Reconstruction, nats, .. }) => {
                Weights { beta: multiplier.recip(), offset: *nats }
            }
        })
    }

    /// The multiplier at which a constraint gives this β.
    pub(crate) fn multiplier(&self, beta: f64) -> f64 {
        match self {
            Self::Constraint(Constraint { on: Term::Reconstruction, .. }) => {
                beta.recip().clamp(LEAST, Term::Reconstruction.most())
            }
            _ => beta.clamp(LEAST, Term::Kl.most()),
        }
    }

    /// The multiplier after a step that found these terms: ascent on the dual, by factors, so that it stays above 0.
    pub(crate) fn ascend(&self, multiplier: f64, reconstruction: f64, kl: f64) -> f64 {
        let Self::Constraint(Constraint { on, nats, rate }) = self else { return multiplier };
        let above = if *on == Term::Kl { kl } else { reconstruction } - nats;
        (multiplier * (rate * above.clamp(-CLAMP, CLAMP)).exp()).clamp(LEAST, on.most())
    }
}

impl Term {
    /// The largest multiplier of a constraint on it. One that cannot be kept, or not yet, would drive it without end; from
    /// here on it has its way already: a KL of this weight is 0, and beside such a reconstruction no KL counts.
    fn most(self) -> f64 {
        match self {
            Self::Kl => 1e6,
            Self::Reconstruction => 1e3,
        }
    }
}

impl Schedule {
    /// β after so many epochs.
    fn at(&self, epochs: f64) -> f64 {
        let done = (epochs / self.epochs).min(1.0);
        let part = match self.shape {
            Shape::Linear => done,
            Shape::Cosine => (1.0 - (PI * done).cos()) / 2.0,
            Shape::Cyclical(_) if done == 1.0 => 1.0,
            Shape::Cyclical(cycles) => (2.0 * (done * cycles as f64).fract()).min(1.0),
        };
        self.from + (self.to - self.from) * part
    }
}

fn from_zero(fields: &Fields, name: &str) -> Result<Option<f64>> {
    fields.number(name, "a number from 0 up", |number| number >= 0.0 && number.is_finite())
}

/// The kinds that have parameters.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Linear,
    Cosine,
    Cyclical,
    Capacity,
    TargetKl,
    TargetReconstruction,
}

/// Each kind by its name, and the names of its parameters.
const KINDS: [(&str, (Kind, &[&str])); 6] = [
    ("linear", (Kind::Linear, &["type", "from", "to", "epochs"])),
    ("cosine", (Kind::Cosine, &["type", "from", "to", "epochs"])),
    ("cyclical", (Kind::Cyclical, &["type", "from", "to", "cycles", "epochs"])),
    ("capacity", (Kind::Capacity, &["type", "kl", "epochs", "gamma"])),
    ("target-kl", (Kind::TargetKl, &["type", "nats", "rate"])),
    ("target-reconstruction", (Kind::TargetReconstruction, &["type", "nats", "rate"])),
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
