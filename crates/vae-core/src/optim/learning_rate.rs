//! η, the step size of Adam: a number, or a schedule over the epochs since it was set.
//!
//! After e epochs, fractions included, of a schedule that lasts E epochs:
//!
//! ```text
//! linear    from + (to − from)·min(e/E, 1)
//! cosine    from + (to − from)·(1 − cos(π·min(e/E, 1)))/2        (Loshchilov and Hutter 2017, eq. 5, without restarts)
//! step      from · factor^⌊e/every⌋
//! ```
//!
//! Those are PyTorch's `LinearLR`, `CosineAnnealingLR` and `StepLR`, stepped after every batch.
use std::f64::consts::PI;

use serde_json::{Value, json};

use crate::base::error::{Error, Result};
use crate::base::json_reader::JsonReader;

/// The learning rate: a number or a schedule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LearningRate {
    /// A number.
    Constant(f64),
    /// A function of time.
    Schedule(LearningRateSchedule),
}

/// A path from one learning rate to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LearningRateSchedule {
    /// A straight line; then it stays.
    Linear(Decay),
    /// Half a wave: slow, fast, slow; then it stays.
    Cosine(Decay),
    /// The first η times `factor` for every full `every` epochs.
    Step {
        /// The first η.
        from: f64,
        /// The factor of each step.
        factor: f64,
        /// Epochs between two steps.
        every: f64,
    },
}

/// The ends of a schedule, and its duration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    /// The first η.
    pub from: f64,
    /// The last η.
    pub to: f64,
    /// Epochs from the first to the last.
    pub epochs: f64,
}

impl LearningRate {
    /// Reads a number or an object with `type`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of the field that is wrong.
    pub(crate) fn from_json(path: &str, value: &Value) -> Result<Self> {
        if !value.is_object() {
            return match value.as_f64().filter(|rate| is_above_zero(*rate)) {
                Some(rate) => Ok(Self::Constant(rate)),
                None => Err(Error::option(path).expected("a number above 0, or an object with 'type'").received(value)),
            };
        }
        let (kind, names) = JsonReader::within(path, value, ALL)?.needed_word("type", &KINDS)?;
        let fields = JsonReader::within(path, value, names.iter().copied())?;
        let needed = |name: &str, found: Option<f64>| found.ok_or_else(|| fields.refuse(name, "a number"));
        let above_zero = |name| needed(name, fields.number(name, "a number above 0", is_above_zero)?);
        let from_zero =
            |name| needed(name, fields.number(name, "a number from 0 up", |rate| rate >= 0.0 && rate.is_finite())?);
        let decay = || -> Result<Decay> {
            Ok(Decay { from: from_zero("from")?, to: from_zero("to")?, epochs: above_zero("epochs")? })
        };
        Ok(Self::Schedule(match kind {
            ScheduleKind::Linear => LearningRateSchedule::Linear(decay()?),
            ScheduleKind::Cosine => LearningRateSchedule::Cosine(decay()?),
            ScheduleKind::Step => {
                let (from, factor) = (above_zero("from")?, above_zero("factor")?);
                LearningRateSchedule::Step { from, factor, every: above_zero("every")? }
            }
        }))
    }

    /// The JSON of the option.
    pub fn to_json(&self) -> Value {
        let decay = |kind: &str, ends: Decay| {
            let Decay { from, to, epochs } = ends;
            json!({ "type": kind, "from": from, "to": to, "epochs": epochs })
        };
        match *self {
            Self::Constant(rate) => json!(rate),
            Self::Schedule(LearningRateSchedule::Linear(ends)) => decay("linear", ends),
            Self::Schedule(LearningRateSchedule::Cosine(ends)) => decay("cosine", ends),
            Self::Schedule(LearningRateSchedule::Step { from, factor, every }) => {
                json!({ "type": "step", "from": from, "factor": factor, "every": every })
            }
        }
    }

    /// η at the start.
    pub fn first(&self) -> f64 {
        self.at(0.0)
    }

    /// η this many epochs after it was set.
    pub fn at(&self, epochs: f64) -> f64 {
        let part = |Decay { epochs: all, .. }: Decay| (epochs / all).min(1.0);
        // This form ends with exactly `to`.
        let between = |Decay { from, to, .. }: Decay, part: f64| from * (1.0 - part) + to * part;
        match *self {
            Self::Constant(rate) => rate,
            Self::Schedule(LearningRateSchedule::Linear(ends)) => between(ends, part(ends)),
            Self::Schedule(LearningRateSchedule::Cosine(ends)) => between(ends, (1.0 - (PI * part(ends)).cos()) / 2.0),
            // 1e-9 corrects floats such as 0.3/0.1, which is below 3.
            Self::Schedule(LearningRateSchedule::Step { from, factor, every }) => {
                from * factor.powf((epochs / every + 1e-9).floor())
            }
        }
    }
}

fn is_above_zero(number: f64) -> bool {
    number > 0.0 && number.is_finite()
}

/// The kinds of a schedule.
#[derive(Debug, Clone, Copy)]
enum ScheduleKind {
    Linear,
    Cosine,
    Step,
}

/// Each kind by its name, and the names of its parameters.
const KINDS: [(&str, (ScheduleKind, &[&str])); 3] = [
    ("linear", (ScheduleKind::Linear, &["type", "from", "to", "epochs"])),
    ("cosine", (ScheduleKind::Cosine, &["type", "from", "to", "epochs"])),
    ("step", (ScheduleKind::Step, &["type", "from", "factor", "every"])),
];
const ALL: [&str; 6] = ["type", "from", "to", "epochs", "factor", "every"];

impl serde::Serialize for LearningRate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for LearningRate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_json("learningRate", &value).map_err(serde::de::Error::custom)
    }
}
