//! The option `prior`: the parameters of the standard prior as they were given.
use serde_json::{Value, json};

use super::{Family, LocationScale};
use crate::base::error::Result;
use crate::base::json_reader::JsonReader;

/// Parameters of the standard prior, the same in every dimension. An interval keeps its ends: location ± scale would
/// round them, and options must come back from their JSON bit for bit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PriorOptions {
    /// Centre and scale.
    LocationScale(LocationScale),
    /// Ends of the interval of a uniform.
    Interval {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
}

impl Default for PriorOptions {
    fn default() -> Self {
        Self::LocationScale(LocationScale::default())
    }
}

impl PriorOptions {
    /// Reads `{ location, scale }`, or `{ low, high }` for a uniform.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of the field that is wrong.
    pub(crate) fn from_json(family: Family, options: &JsonReader) -> Result<Self> {
        let empty = json!({});
        let value = match (options.get("prior"), family) {
            (Some(_), Family::Deterministic) => {
                return Err(options.refuse("prior", "nothing, as a deterministic posterior has no prior"));
            }
            (None, Family::Deterministic) => return Ok(Self::default()),
            (given, _) => given.unwrap_or(&empty),
        };
        let number = |fields: &JsonReader, name, otherwise| -> Result<f64> {
            Ok(fields.number(name, "a number", f64::is_finite)?.unwrap_or(otherwise))
        };
        if family == Family::Uniform {
            let fields = JsonReader::within("prior", value, ["low", "high"])?;
            let (low, high) = (number(&fields, "low", -1.0)?, number(&fields, "high", 1.0)?);
            if low >= high {
                return Err(fields.refuse("high", &format!("a number above low, {low}")));
            }
            return Ok(Self::Interval { low, high });
        }
        let fields = JsonReader::within("prior", value, ["location", "scale"])?;
        let scale = fields.number("scale", "a number above 0", |scale| scale > 0.0 && scale.is_finite())?;
        let location = number(&fields, "location", 0.0)?;
        Ok(Self::LocationScale(LocationScale { location, scale: scale.unwrap_or(1.0) }))
    }

    /// The JSON of the option.
    pub(crate) fn to_json(self, family: Family) -> Value {
        match (family, self) {
            (Family::Deterministic, _) => Value::Null,
            (Family::Uniform, Self::Interval { low, high }) => json!({ "low": low, "high": high }),
            (Family::Uniform, Self::LocationScale(LocationScale { location, scale })) => {
                json!({ "low": location - scale, "high": location + scale })
            }
            (Family::Gaussian | Family::Laplace, _) => {
                let LocationScale { location, scale } = self.frame();
                json!({ "location": location, "scale": scale })
            }
        }
    }

    /// Location and scale.
    pub fn frame(self) -> LocationScale {
        match self {
            Self::LocationScale(frame) => frame,
            Self::Interval { low, high } => LocationScale { location: (low + high) / 2.0, scale: (high - low) / 2.0 },
        }
    }

    /// True if `before` is `now` as files of versions up to 0.1.0 may hold it: those wrote an interval as
    /// location ± scale.
    pub(crate) fn is_rounded(before: &Value, now: &Value) -> bool {
        let (Some(low), Some(high)) = (now["low"].as_f64(), now["high"].as_f64()) else { return false };
        let frame = Self::LocationScale(Self::Interval { low, high }.frame());
        *before == frame.to_json(Family::Uniform)
    }
}
