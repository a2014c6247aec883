//! What a sweep varies: a dimension for each option, listed values or a range of numbers.
use serde_json::{Map, Value};

use super::range::Range;
use crate::base::error::{Error, Result};
use crate::base::json_reader::Fields;
use crate::options::table::{self, OPTIONS, Scale};

/// A choice in every dimension: options by their names, in the order of the space.
pub type Point = Map<String, Value>;

/// The dimensions of a sweep, in the order in which they were named.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    /// The dimensions; none is a space of one point.
    pub dimensions: Vec<Dimension>,
}

/// One option that is varied.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// The name of the option.
    pub name: String,
    /// What it takes.
    pub values: Values,
}

/// What a dimension takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// These, in this order; never empty.
    Listed(Vec<Value>),
    /// Numbers of a range.
    Range(Range),
}

/// The most trials of a sweep, points of a grid and values of a list: a quasi-random sequence is no longer.
pub(super) const MOST: usize = 1 << 16;

impl Space {
    /// Reads `{ beta: [0, 1, 5], learningRate: { low, high, log? } }`, which stands at the option `vary`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of what is wrong: `vary.beta.low`.
    pub fn from_json(json: &Value) -> Result<Self> {
        let varied = OPTIONS.iter().filter(|row| row.sweep.is_some()).map(|row| row.name);
        let fields = Fields::within("vary", json, varied)?;
        let named = json.as_object().into_iter().flatten().filter(|(_, values)| !values.is_null());
        let dimension = |(name, values): (&String, &Value)| {
            let scale = table::row(name).and_then(|row| row.sweep).unwrap_or(Scale::Choice);
            let values = match values {
                Value::Array(list) => Values::Listed(listed(&fields.path(name), list)?),
                Value::Object(_) if scale != Scale::Choice => {
                    Values::Range(Range::from_json(&fields.path(name), values, scale == Scale::Whole)?)
                }
                _ if scale == Scale::Choice => return Err(fields.refuse(name, "a list of values")),
                _ => return Err(fields.refuse(name, "a list of values, or { low, high }")),
            };
            Ok(Dimension { name: name.clone(), values })
        };
        Ok(Self { dimensions: named.map(dimension).collect::<Result<_>>()? })
    }

    /// The space as [`Space::from_json`] reads it.
    pub fn to_json(&self) -> Value {
        let values = |dimension: &Dimension| match &dimension.values {
            Values::Listed(list) => Value::Array(list.clone()),
            Values::Range(range) => range.to_json(),
        };
        self.dimensions.iter().map(|dimension| (dimension.name.clone(), values(dimension))).collect::<Point>().into()
    }

    /// The first dimension that is a range.
    pub fn first_range(&self) -> Option<&Dimension> {
        self.dimensions.iter().find(|dimension| matches!(dimension.values, Values::Range(_)))
    }

    /// How many points the grid of all listed values has, or `None` if there is a range; more than fit count as the most.
    pub fn grid(&self) -> Option<usize> {
        self.dimensions.iter().try_fold(1usize, |points, dimension| match &dimension.values {
            Values::Listed(list) => Some(points.saturating_mul(list.len())),
            Values::Range(_) => None,
        })
    }

    /// The point whose choice in dimension i is the value at `choices(i)`.
    pub(super) fn point(&self, mut choose: impl FnMut(usize, &Values) -> Value) -> Point {
        let all = self.dimensions.iter().enumerate();
        all.map(|(i, dimension)| (dimension.name.clone(), choose(i, &dimension.values))).collect()
    }

    /// The first value of every list and the low end of every range.
    pub fn first(&self) -> Point {
        self.point(|_, values| values.ends().swap_remove(0))
    }
}

impl Values {
    /// What has to be checked of them: every listed value, both ends of a range.
    pub(super) fn ends(&self) -> Vec<Value> {
        match self {
            Values::Listed(list) => list.clone(),
            Values::Range(range) => vec![range.at(0.0), range.at(1.0)],
        }
    }
}

/// Values that differ, at least one.
fn listed(path: &str, list: &[Value]) -> Result<Vec<Value>> {
    if list.is_empty() || list.len() > MOST {
        return Err(Error::option(path).expected(format!("from 1 to {MOST} values")).received(list.len()));
    }
    for (i, value) in list.iter().enumerate() {
        if list[..i].iter().any(|before| same(before, value)) {
            let error = Error::option(path).expected("values that differ");
            return Err(error
                .received(format!("{value} twice"))
                .remedy("set `seeds` to train one point several times"));
        }
    }
    Ok(list.to_vec())
}

/// Whether two values of JSON mean the same: 1 and 1.0 do.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}
