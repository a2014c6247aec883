//! Search space of a sweep: one dimension per option, with listed values or a range of numbers.
use serde_json::{Map, Value};

use super::range::Range;
use crate::base::error::{Error, Result};
use crate::base::json_reader::JsonReader;
use crate::options::table::{self, OPTIONS, SweepScale};

/// Value for every dimension: options by name, in the order of the space.
pub type Point = Map<String, Value>;

/// Dimensions of a sweep, in the order given.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchSpace {
    /// Dimensions; a space without any has one point.
    pub dimensions: Vec<Dimension>,
}

/// Option that is varied.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// Name of the option.
    pub name: String,
    /// Values of the option.
    pub values: DimensionValues,
}

/// Values of a dimension.
#[derive(Debug, Clone, PartialEq)]
pub enum DimensionValues {
    /// Listed values, in this order; never empty.
    Listed(Vec<Value>),
    /// Numbers of a range.
    Range(Range),
}

/// Maximum trials of a sweep, points of a grid and values of a list: the length of a quasi-random sequence.
pub(super) const MAX_POINTS: usize = 1 << 16;

impl SearchSpace {
    /// Reads `{ beta: [0, 1, 5], learningRate: { low, high, log? } }` at the option `vary`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of the faulty option: `vary.beta.low`.
    pub fn from_json(json: &Value) -> Result<Self> {
        let varied = OPTIONS.iter().filter(|row| row.sweep.is_some()).map(|row| row.name);
        let fields = JsonReader::within("vary", json, varied)?;
        let named = json.as_object().into_iter().flatten().filter(|(_, values)| !values.is_null());
        let dimension = |(name, values): (&String, &Value)| {
            let scale = table::row(name).and_then(|row| row.sweep).unwrap_or(SweepScale::Choice);
            let values = match values {
                Value::Array(list) => DimensionValues::Listed(listed(&fields.path(name), list)?),
                Value::Object(_) if scale != SweepScale::Choice => {
                    DimensionValues::Range(Range::from_json(&fields.path(name), values, scale == SweepScale::Whole)?)
                }
                _ if scale == SweepScale::Choice => return Err(fields.refuse(name, "a list of values")),
                _ => return Err(fields.refuse(name, "a list of values, or { low, high }")),
            };
            Ok(Dimension { name: name.clone(), values })
        };
        Ok(Self { dimensions: named.map(dimension).collect::<Result<_>>()? })
    }

    /// Space in the form that [`SearchSpace::from_json`] reads.
    pub fn to_json(&self) -> Value {
        let values = |dimension: &Dimension| match &dimension.values {
            DimensionValues::Listed(list) => Value::Array(list.clone()),
            DimensionValues::Range(range) => range.to_json(),
        };
        self.dimensions.iter().map(|dimension| (dimension.name.clone(), values(dimension))).collect::<Point>().into()
    }

    /// First dimension that is a range.
    pub fn first_range(&self) -> Option<&Dimension> {
        self.dimensions.iter().find(|dimension| matches!(dimension.values, DimensionValues::Range(_)))
    }

    /// Number of points in the grid of all listed values (saturating), or `None` if there is a range.
    pub fn grid(&self) -> Option<usize> {
        self.dimensions.iter().try_fold(1usize, |points, dimension| match &dimension.values {
            DimensionValues::Listed(list) => Some(points.saturating_mul(list.len())),
            DimensionValues::Range(_) => None,
        })
    }

    /// Builds a point by calling `choose` for each dimension.
    pub(super) fn point(&self, mut choose: impl FnMut(usize, &DimensionValues) -> Value) -> Point {
        let all = self.dimensions.iter().enumerate();
        all.map(|(i, dimension)| (dimension.name.clone(), choose(i, &dimension.values))).collect()
    }

    /// Point of the first value of every list and the low end of every range.
    pub fn first(&self) -> Point {
        self.point(|_, values| values.ends().swap_remove(0))
    }
}

impl DimensionValues {
    /// Values to validate: every listed value, both ends of a range.
    pub(super) fn ends(&self) -> Vec<Value> {
        match self {
            DimensionValues::Listed(list) => list.clone(),
            DimensionValues::Range(range) => vec![range.at(0.0), range.at(1.0)],
        }
    }
}

/// Checks that the values differ and that there is at least one.
fn listed(path: &str, list: &[Value]) -> Result<Vec<Value>> {
    if list.is_empty() || list.len() > MAX_POINTS {
        return Err(Error::option(path).expected(format!("from 1 to {MAX_POINTS} values")).received(list.len()));
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

/// True if two JSON values are equal, with 1 equal to 1.0.
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
