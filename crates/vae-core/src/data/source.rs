//! Elements, shape, labels and names from a reader, checked once.
use std::sync::OnceLock;

use serde_json::Value;

use super::preprocessing::Preprocessing;
use super::resize;
use super::shape::Shape;
use super::table_layout::TableLayout;
use super::transpose::transpose;
use super::units::Byte;
use crate::base::error::{Code, Error, Result};

/// The elements of all examples, one after the other. u8 stay u8: a quarter of the memory and of the traffic.
#[derive(Debug, Clone)]
pub enum Elements {
    /// Bytes.
    U8(Vec<u8>),
    /// Floats, all of them finite.
    F32(Vec<f32>),
}

/// A file or row left out on request, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Skipped {
    /// The file, or "row 5" of a table.
    pub path: String,
    /// The reason why it could not be used.
    pub reason: String,
}

/// A reader's result, shared by all views of a data set.
#[derive(Debug)]
pub(super) struct Source {
    pub elements: Elements,
    pub shape: Shape,
    pub labels: Option<Vec<i32>>,
    pub label_names: Option<Vec<String>>,
    pub names: Option<Vec<String>>,
    pub preprocessing: Preprocessing,
    /// True if the pictures are stored column by column.
    pub transpose: bool,
    pub origin: Option<String>,
    pub skipped: Vec<Skipped>,
    /// Notes on how the data were read, one clause each: "the first row names the columns".
    pub notes: Vec<String>,
    /// The columns of a table.
    pub table: Option<TableLayout>,
    /// The options that the files were read with, without preprocessing, as JSON.
    pub reading: Option<Value>,
    /// See [`Source::byte`].
    pub byte: OnceLock<Byte>,
    /// See [`Source::range`].
    pub range: OnceLock<[f32; 2]>,
}

/// The stored elements of one example.
pub(super) enum Example<'a> {
    U8(&'a [u8]),
    F32(&'a [f32]),
}

impl Elements {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(bytes) => bytes.len(),
            Self::F32(floats) => floats.len(),
        }
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Source {
    /// A source with only elements and a shape.
    pub(super) fn new(elements: Elements, shape: Shape, preprocessing: &Preprocessing) -> Self {
        Self {
            elements,
            shape,
            labels: None,
            label_names: None,
            names: None,
            preprocessing: preprocessing.clone(),
            transpose: false,
            origin: None,
            skipped: Vec::new(),
            notes: Vec::new(),
            table: None,
            reading: None,
            byte: OnceLock::new(),
            range: OnceLock::new(),
        }
    }

    /// The stored elements of one example.
    pub(super) fn example(&self, row: usize) -> Example<'_> {
        let size = self.shape.size();
        let elements = row * size..(row + 1) * size;
        match &self.elements {
            Elements::U8(bytes) => Example::U8(&bytes[elements]),
            Elements::F32(floats) => Example::F32(&floats[elements]),
        }
    }

    /// Checks that the parts agree, converts pictures to the requested size, and counts the examples.
    pub(super) fn check(&mut self) -> Result<usize> {
        let (total, size) = (self.elements.len(), self.shape.size());
        let n = total / size;
        if total == 0 {
            return Err(self.error(Code::Shape, "data").expected("at least one example").received(0));
        }
        if n as u64 > 1 << 32 {
            return Err(self.error(Code::Shape, "the number of examples").expected("at most 2^32").received(n));
        }
        if n * size != total {
            let what = format!("the number of values is not a multiple of one example's {size} ({})", self.shape);
            return Err(self.error(Code::Shape, what).received(format!("{total} values")));
        }
        if let Some(labels) = self.labels.as_ref().filter(|labels| labels.len() != n) {
            let error = self.error(Code::Shape, "every example needs one label");
            return Err(error.expected(format!("{n} labels")).received(labels.len()));
        }
        if let Elements::F32(floats) = &self.elements
            && let Some(index) = floats.iter().position(|x| !x.is_finite())
        {
            let error = self.error(Code::DataRange, format!("example {}, position {}", index / size, index % size));
            return Err(error
                .index((index / size) as u64)
                .expected("a finite number of 32 bits")
                .received(floats[index])
                .remedy("remove or replace such values"));
        }
        if self.transpose {
            self.transpose()?;
        }
        self.refit()?;
        Ok(n)
    }

    /// Stores pictures that were stored column by column row by row.
    fn transpose(&mut self) -> Result<()> {
        let Some((height, width, channels)) = self.shape.picture() else {
            let side = self.shape.size().isqrt();
            let error = Error::option("transpose").expected("pictures").received(format!("vectors of {}", self.shape));
            let example = if side * side == self.shape.size() { [side, side] } else { [28, 28] };
            return Err(error.remedy(format!("say with `shape` how large they are, as in `shape: {example:?}`")));
        };
        match &mut self.elements {
            Elements::U8(bytes) => transpose(bytes, (height, width, channels))?,
            Elements::F32(floats) => transpose(floats, (height, width, channels))?,
        }
        let mut sizes = self.shape.sizes().to_vec();
        sizes.swap(0, 1);
        self.shape = Shape::new(sizes)?;
        Ok(())
    }

    /// Converts arrays of pixels to the requested size and channels. Pictures from files already have them.
    fn refit(&mut self) -> Result<()> {
        let (size, channels) = (self.preprocessing.size, self.preprocessing.channels);
        let picture = self.shape.picture();
        let is_done = |(height, width, depth): (usize, usize, usize)| {
            size.is_none_or(|size| size == [height, width])
                && channels.is_none_or(|channels| channels as usize == depth)
        };
        if (size, channels) == (None, None) || picture.is_some_and(is_done) {
            return Ok(());
        }
        let option = Error::option(if size.is_some() { "size" } else { "channels" });
        let (Some(from), Elements::U8(pixels)) = (picture, &self.elements) else {
            let kind = if self.is_float() { "floats" } else { "vectors" };
            let error = option.expected("pictures of u8 or in files, which can be brought to another size");
            return Err(error.received(format!("{kind} of shape {}", self.shape)));
        };
        let (pixels, shape) = resize::refit(pixels, from, &self.preprocessing)?;
        (self.elements, self.shape) = (Elements::U8(pixels), shape);
        Ok(())
    }

    fn is_float(&self) -> bool {
        matches!(self.elements, Elements::F32(_))
    }

    fn error(&self, code: Code, what: impl Into<String>) -> Error {
        let error = Error::new(code, what);
        match &self.origin {
            Some(origin) => error.path(origin),
            None => error,
        }
    }
}
