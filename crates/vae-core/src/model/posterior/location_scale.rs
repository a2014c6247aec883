//! Location and scale of the standard prior, as an option.
use serde_json::{Value, json};

use crate::base::error::Result;
use crate::base::json_reader::JsonReader;
use crate::model::posterior::Family;

/// Location and scale of the standard prior, the same in every dimension: the option `prior`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocationScale {
    /// The centre.
    pub location: f64,
    /// σ of a gaussian, b of a Laplace distribution, half the interval of a uniform.
    pub scale: f64,
}

impl Default for LocationScale {
    fn default() -> Self {
        Self { location: 0.0, scale: 1.0 }
    }
}

impl LocationScale {
    /// Reads `{ location, scale }`, or `{ low, high }` for a uniform.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of the field that is wrong.
    pub(crate) fn from_json(family: Family, options: &JsonReader) -> Result<Self> {
        let Some(value) = options.get("prior") else { return Ok(Self::default()) };
        let number = |fields: &JsonReader, name, otherwise| -> Result<f64> {
            Ok(fields.number(name, "a number", f64::is_finite)?.unwrap_or(otherwise))
        };
        match family {
            Family::Deterministic => Err(options.refuse("prior", "nothing, as a deterministic posterior has no prior")),
            Family::Uniform => {
                let fields = JsonReader::within("prior", value, ["low", "high"])?;
                let (low, high) = (number(&fields, "low", -1.0)?, number(&fields, "high", 1.0)?);
                if low >= high {
                    return Err(fields.refuse("high", &format!("a number above low, {low}")));
                }
                Ok(Self { location: (low + high) / 2.0, scale: (high - low) / 2.0 })
            }
            Family::Gaussian | Family::Laplace => {
                let fields = JsonReader::within("prior", value, ["location", "scale"])?;
                let scale = fields.number("scale", "a number above 0", |scale| scale > 0.0 && scale.is_finite())?;
                Ok(Self { location: number(&fields, "location", 0.0)?, scale: scale.unwrap_or(1.0) })
            }
        }
    }

    /// The JSON of the option.
    pub(crate) fn to_json(self, family: Family) -> Value {
        let Self { location, scale } = self;
        match family {
            Family::Deterministic => Value::Null,
            Family::Uniform => json!({ "low": location - scale, "high": location + scale }),
            Family::Gaussian | Family::Laplace => json!({ "location": location, "scale": scale }),
        }
    }
}
