//! The shape of one example.
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::error::{Code, Error, Result};

/// The shape of one example: `[length]`, `[height, width]` or `[height, width, channels]` with 1 or 3 channels.
///
/// Elements are stored row by row, channels last. A shape is never empty and its size never overflows, so callers can
/// rely on [`Shape::size`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<usize>", into = "Vec<usize>")]
pub struct Shape(Vec<usize>);

impl Shape {
    /// Checks and wraps the sizes of one example.
    ///
    /// # Errors
    /// [`Code::Shape`] if there are not 1 to 3 sizes, one is 0, the product overflows, or channels are not 1 or 3.
    pub fn new(sizes: Vec<usize>) -> Result<Self> {
        let wrong = |received: &str| {
            Error::new(Code::Shape, "the shape of one example")
                .expected("[length], [height, width] or [height, width, channels] with 1 or 3 channels")
                .received(received)
        };
        let text = format!("{sizes:?}");
        if !(1..=3).contains(&sizes.len()) || sizes.contains(&0) {
            return Err(wrong(&text));
        }
        if sizes.get(2).is_some_and(|&channels| channels != 1 && channels != 3) {
            return Err(wrong(&text));
        }
        let size = sizes.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
        if size.is_none_or(|size| size > isize::MAX as usize / size_of::<f32>()) {
            return Err(wrong(&format!("{text}, which is more than memory can hold")));
        }
        Ok(Self(sizes))
    }

    /// The shape of one example of a file's array: its sizes without the first. Drops a leading channel axis of size 1;
    /// refuses one of size 3, because the elements are in another order. Rows that are pictures have the `wanted` shape.
    pub(super) fn from_array(sizes: &[u64], wanted: Option<&Self>) -> Result<Self> {
        if let Some(wanted) = wanted {
            return wanted.of_rows(sizes);
        }
        let sizes: Vec<usize> = sizes.iter().map(|&size| usize::try_from(size).unwrap_or(usize::MAX)).collect();
        match sizes.as_slice() {
            [1, height, width] if *width != 1 && *width != 3 => Self::new(vec![*height, *width]),
            [3, _, width] if *width != 1 && *width != 3 => Self::new(sizes)
                .map_err(|error| error.remedy("move the channels to the end, with x.transpose(0, 2, 3, 1)")),
            _ => Self::new(sizes),
        }
    }

    /// This shape, if examples of these sizes are rows of as many elements, or have it already.
    fn of_rows(&self, sizes: &[u64]) -> Result<Self> {
        let is_same = || {
            let own = self.0.iter().map(|&size| size as u64).filter(|&size| size != 1);
            own.eq(sizes.iter().copied().filter(|&size| size != 1))
        };
        match sizes {
            [length] if *length == self.size() as u64 => Ok(self.clone()),
            [length] => Err(Error::option("shape")
                .expected(format!("a shape of {length} values, as in each row of the file"))
                .received(format!("{self}, which are {}", self.size()))),
            _ if is_same() => Ok(self.clone()),
            _ => Err(Error::option("shape")
                .expected("a file of rows")
                .received(format!("examples that have the shape {}", times(sizes)))),
        }
    }

    /// Number of elements in one example, the product of its sizes.
    pub fn size(&self) -> usize {
        self.0.iter().product()
    }

    /// The sizes themselves.
    pub fn sizes(&self) -> &[usize] {
        &self.0
    }

    /// `(height, width, channels)` of a picture, `None` for a vector.
    pub fn picture(&self) -> Option<(usize, usize, usize)> {
        match *self.0.as_slice() {
            [height, width] => Some((height, width, 1)),
            [height, width, channels] => Some((height, width, channels)),
            _ => None,
        }
    }
}

impl fmt::Display for Shape {
    /// `784`, `28×28`, `64×48×3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", times(&self.0))
    }
}

impl TryFrom<Vec<usize>> for Shape {
    type Error = Error;

    fn try_from(sizes: Vec<usize>) -> Result<Self> {
        Self::new(sizes)
    }
}

impl From<Shape> for Vec<usize> {
    fn from(shape: Shape) -> Self {
        shape.0
    }
}

/// Formats sizes: `60000×28×28`.
pub(super) fn times<T: fmt::Display>(sizes: &[T]) -> String {
    sizes.iter().map(T::to_string).collect::<Vec<_>>().join("×")
}
