//! Ended trials, the input of later suggestions.
use serde_json::Value;

use super::space::{Point, same};
use crate::base::error::{Code, Error, Result};

/// Trial that ended with a value; failed trials are not included.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// Point of the trial.
    pub point: Point,
    /// Final value; the last reported value of a pruned trial.
    pub value: f64,
    /// True if training completed.
    pub complete: bool,
    /// Values after each epoch.
    pub intermediate: Vec<(u64, f64)>,
}

impl Ended {
    /// Reads a list of `{ params, value, complete, intermediate: [[epoch, value], …] }`, ordered by trial number.
    ///
    /// # Errors
    /// [`Code::Internal`] if malformed, as only this library writes them.
    pub fn list(json: &Value) -> Result<Vec<Self>> {
        let one = |json: &Value| {
            Some(Self {
                point: json["params"].as_object()?.clone(),
                value: json["value"].as_f64()?,
                complete: json["complete"].as_bool()?,
                intermediate: reported(&json["intermediate"])?,
            })
        };
        let list = json.as_array().and_then(|list| list.iter().map(one).collect());
        list.ok_or_else(|| Error::new(Code::Internal, "the trials that have ended cannot be read"))
    }
}

/// Reads `[[epoch, value], …]`.
pub(super) fn reported(json: &Value) -> Option<Vec<(u64, f64)>> {
    let one = |json: &Value| Some((json[0].as_u64()?, json[1].as_f64()?));
    json.as_array()?.iter().map(one).collect()
}

/// Distinct points in the order of their first trials, each with the mean value over its trials, which differ by seed.
pub(super) fn means(history: &[Ended]) -> Vec<(&Point, f64)> {
    let mut points: Vec<(&Point, f64, f64)> = Vec::new();
    for Ended { point, value, .. } in history {
        let is_it = |known: &Point| known.iter().all(|(name, a)| point.get(name).is_some_and(|b| same(a, b)));
        match points.iter_mut().find(|(known, ..)| is_it(known)) {
            Some((_, sum, n)) => (*sum, *n) = (*sum + value, *n + 1.0),
            None => points.push((point, *value, 1.0)),
        }
    }
    points.into_iter().map(|(point, sum, n)| (point, sum / n)).collect()
}
