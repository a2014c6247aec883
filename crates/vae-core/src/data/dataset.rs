//! A data set: a cheap handle to elements in memory, and views of it.
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::fingerprint::{digest, fingerprint};
use super::part::Part;
use super::preprocessing::Preprocessing;
use super::shape::Shape;
use super::source::{Elements, Example, Skipped, Source};
use super::table_layout::TableLayout;
use super::transform::{ElementType, Transform};
use super::units::Byte;
use crate::base::error::{Code, Error, Result};

/// Examples of one shape, with labels and names if the source has them.
///
/// Clones, slices and splits share the elements without a copy. Every float is finite: NaN and infinities are refused.
#[derive(Debug, Clone)]
pub struct Dataset {
    source: Arc<Source>,
    rows: RowSelection,
    part: Part,
    digest: Arc<OnceLock<String>>,
    condition: Option<Arc<Condition>>,
}

/// A vector of C numbers per example of the source, for a conditional model.
#[derive(Debug)]
struct Condition {
    values: Vec<f32>,
    width: usize,
}

/// The examples of the source in a view, in its order.
#[derive(Debug, Clone)]
enum RowSelection {
    Range(Range<usize>),
    List(Arc<[usize]>),
}

impl RowSelection {
    fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.len(),
            Self::List(list) => list.len(),
        }
    }

    /// The source's row of a view's row.
    fn at(&self, row: usize) -> usize {
        match self {
            Self::Range(range) => range.start + row,
            Self::List(list) => list[row],
        }
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).map(|row| self.at(row))
    }
}

impl Dataset {
    /// A data set of the whole source, checked, its pictures resized as requested.
    pub(super) fn new(mut source: Source) -> Result<Self> {
        let n = source.check()?;
        Ok(Self {
            source: Arc::new(source),
            rows: RowSelection::Range(0..n),
            part: Part::Whole,
            digest: Arc::default(),
            condition: None,
        })
    }

    /// A data set of bytes. Pictures are converted if the options set another size or number of channels.
    ///
    /// # Errors
    /// [`Code::Shape`] if the values do not fill whole examples, there are none, or the labels are not one per example;
    /// [`Code::Option`] if `size` or `channels` is set and these are vectors.
    pub fn from_u8(
        data: Vec<u8>,
        shape: Shape,
        labels: Option<Vec<i32>>,
        preprocessing: &Preprocessing,
    ) -> Result<Self> {
        let source = Source::new(Elements::U8(data), shape, preprocessing);
        Self::new(Source { labels, ..source })
    }

    /// A data set of floats.
    ///
    /// # Errors
    /// [`Code::Shape`] and [`Code::Option`] as for [`Dataset::from_u8`]; [`Code::DataRange`] if a value is not finite.
    pub fn from_f32(
        data: Vec<f32>,
        shape: Shape,
        labels: Option<Vec<i32>>,
        preprocessing: &Preprocessing,
    ) -> Result<Self> {
        let source = Source::new(Elements::F32(data), shape, preprocessing);
        Self::new(Source { labels, ..source })
    }

    /// The built-in digits: `n` pictures of 28×28 grey bytes with their labels, drawn from the seed.
    ///
    /// # Errors
    /// [`Code::Option`] if `n` is 0 or more than a million.
    pub fn digits(n: usize, seed: u64) -> Result<Self> {
        const MAX_SIZE: usize = 1_000_000;
        if !(1..=MAX_SIZE).contains(&n) {
            return Err(Error::option("n").expected(format!("a whole number from 1 to {MAX_SIZE}")).received(n));
        }
        let (pixels, labels) = super::digits::digits(n, seed);
        let shape = Shape::new(vec![super::digits::SIDE, super::digits::SIDE])?;
        let source = Source::new(Elements::U8(pixels), shape, &Preprocessing::default());
        let label_names = Some((0..10).map(|digit| digit.to_string()).collect());
        Self::new(Source { labels: Some(labels), label_names, origin: Some("digits".to_owned()), ..source })
    }

    /// Number of examples in the view.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True if the view has no examples; only a slice can be empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shape of one example.
    pub fn shape(&self) -> &Shape {
        &self.source.shape
    }

    /// Type of the stored elements.
    pub fn element_type(&self) -> ElementType {
        match self.source.elements {
            Elements::U8(_) => ElementType::U8,
            Elements::F32(_) => ElementType::F32,
        }
    }

    /// True if the elements are bytes.
    pub fn is_u8(&self) -> bool {
        self.element_type() == ElementType::U8
    }

    /// One label per example, in the view's order.
    pub fn labels(&self) -> Option<Vec<i32>> {
        let labels = self.source.labels.as_ref()?;
        Some(self.rows.iter().map(|row| labels[row]).collect())
    }

    /// The label of one example of the view.
    pub fn label(&self, row: usize) -> Option<i32> {
        let row = (row < self.len()).then(|| self.rows.at(row))?;
        self.source.labels.as_ref()?.get(row).copied()
    }

    /// Names of the labels 0, 1, 2 …, if the source has them (folders, text labels of a table).
    pub fn label_names(&self) -> Option<&[String]> {
        self.source.label_names.as_deref()
    }

    /// One name per example (the file of a picture), in the view's order.
    pub fn names(&self) -> Option<Vec<&str>> {
        let names = self.source.names.as_ref()?;
        Some(self.rows.iter().map(|row| names[row].as_str()).collect())
    }

    /// The name of one example of the view.
    pub fn name(&self, row: usize) -> Option<&str> {
        let row = (row < self.len()).then(|| self.rows.at(row))?;
        self.source.names.as_ref()?.get(row).map(String::as_str)
    }

    /// The same examples with a condition each: `width` further numbers for encoder, prior and decoder.
    ///
    /// # Shapes
    /// values (n, C), in the view's order
    ///
    /// # Errors
    /// [`Code::Shape`] unless there are `width` numbers for each example, all of them finite.
    pub fn with_condition(&self, values: &[f32], width: usize) -> Result<Self> {
        if width == 0 || values.len() != self.len() * width || !values.iter().all(|value| value.is_finite()) {
            return Err(Error::new(Code::Shape, "the condition does not fit the examples")
                .expected(format!("{} × {width} finite numbers", self.len()))
                .received(values.len()));
        }
        let rows = self.rows.iter().max().map_or(0, |last| last + 1);
        let mut all = vec![0.0; rows * width];
        for (row, value) in self.rows.iter().zip(values.chunks_exact(width)) {
            all[row * width..][..width].copy_from_slice(value);
        }
        Ok(Self { condition: Some(Arc::new(Condition { values: all, width })), ..self.clone() })
    }

    /// C, the size of a condition; 0 without one.
    pub fn condition_width(&self) -> usize {
        self.condition.as_ref().map_or(0, |condition| condition.width)
    }

    /// The conditions of these examples of the view, (n, C), if there are any.
    pub(crate) fn conditions(&self, rows: Range<usize>) -> Option<Vec<f32>> {
        self.condition.as_ref()?;
        Some(rows.filter_map(|row| self.condition(row)).flatten().copied().collect())
    }

    /// The condition of one example of the view.
    pub fn condition(&self, row: usize) -> Option<&[f32]> {
        let condition = self.condition.as_ref()?;
        condition.values.get(self.rows.at(row) * condition.width..)?.get(..condition.width)
    }

    /// The requested preprocessing; stored in the model.
    pub fn preprocessing(&self) -> &Preprocessing {
        &self.source.preprocessing
    }

    /// Origin of the data: a path, or "digits".
    pub fn source(&self) -> Option<&str> {
        self.source.origin.as_deref()
    }

    /// Files and rows that were left out on request.
    pub fn skipped(&self) -> &[Skipped] {
        &self.source.skipped
    }

    /// Notes on how the data were read, one clause each: "the first row names the columns".
    pub fn notes(&self) -> &[String] {
        &self.source.notes
    }

    /// Columns and dialect of the table that the data come from.
    pub fn table(&self) -> Option<&TableLayout> {
        self.source.table.as_ref()
    }

    /// The options that the files were read with, without preprocessing, as JSON.
    pub fn reading(&self) -> Option<&Value> {
        self.source.reading.as_ref()
    }

    /// The part of its source that this is.
    pub fn part(&self) -> Part {
        self.part
    }

    /// SHA-256 in hex over element type, number, shape and elements in the view's order; computed once per view.
    pub fn digest(&self) -> String {
        let examples = || self.rows.iter().map(|row| self.source.example(row));
        let compute = || digest(self.element_type(), self.len(), self.shape(), examples());
        self.digest.get_or_init(compute).clone()
    }

    /// SHA-256 in hex over [`Dataset::digest`] and [`Dataset::preprocessing`]: equal for data that train alike.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.digest(), self.preprocessing())
    }

    /// Writes the transformed examples of these rows of the view into `out`, one after the other: the hot path.
    ///
    /// # Panics
    /// If a row is outside the view, or `out` is not `rows.len() · shape.size()` long.
    pub fn gather(&self, rows: &[usize], transform: &Transform, out: &mut [f32]) {
        let size = self.shape().size();
        assert_eq!(out.len(), rows.len() * size, "the output holds exactly the rows asked for");
        for (&row, out) in rows.iter().zip(out.chunks_exact_mut(size)) {
            self.write(row, transform, out);
        }
    }

    /// The bytes of this row of the view, if the elements are bytes.
    pub(crate) fn bytes(&self, row: usize) -> Option<&[u8]> {
        match self.example(row) {
            Example::U8(bytes) => Some(bytes),
            Example::F32(_) => None,
        }
    }

    /// The floats of this row of the view, if the elements are floats.
    pub(super) fn floats(&self, row: usize) -> Option<&[f32]> {
        match self.example(row) {
            Example::U8(_) => None,
            Example::F32(floats) => Some(floats),
        }
    }

    /// Meaning of the bytes.
    pub(super) fn byte(&self) -> Byte {
        self.source.byte()
    }

    /// The smallest and the largest value of the whole source, in its units.
    pub(super) fn source_range(&self) -> [f32; 2] {
        self.source.range()
    }

    /// Transformed value of each byte, if the elements are bytes and their position does not matter.
    pub(crate) fn byte_values(&self, transform: &Transform) -> Option<[f32; 256]> {
        (self.is_u8() && transform.is_uniform()).then(|| {
            let mut values = [0.0; 256];
            transform.apply_u8(self.byte(), &Transform::BYTES, &mut values);
            values
        })
    }

    /// Value of each byte before its column is scaled.
    #[cfg_attr(not(feature = "cuda"), expect(dead_code, reason = "for a GPU, which scales columns itself"))]
    pub(crate) fn unscaled_bytes(&self, transform: &Transform) -> [f32; 256] {
        transform.unscaled_bytes(self.byte())
    }

    /// All transformed values of the view, in its order: `len() · shape.size()` values.
    pub fn to_f32(&self, transform: &Transform) -> Vec<f32> {
        let size = self.shape().size();
        let mut out = vec![0f32; self.len() * size];
        out.chunks_exact_mut(size).enumerate().for_each(|(row, out)| self.write(row, transform, out));
        out
    }

    /// The first transformed value that is not a number in `[low, high]`: `(example, position, value)`.
    pub fn check_range(&self, transform: &Transform, low: f32, high: f32) -> Option<(usize, usize, f32)> {
        let is_outside = |x: &f32| !(x.is_finite() && (low..=high).contains(x));
        // If every possible value is in range, so is the data set.
        if self.byte_values(transform).is_some_and(|values| !values.iter().any(is_outside)) {
            return None;
        }
        let mut values = vec![0f32; self.shape().size()];
        (0..self.len()).find_map(|row| {
            self.write(row, transform, &mut values);
            let position = values.iter().position(is_outside)?;
            Some((row, position, values[position]))
        })
    }

    /// Calls `visit` with every transformed example of the view.
    pub(super) fn for_each(&self, transform: &Transform, mut visit: impl FnMut(&[f32])) {
        let mut values = vec![0f32; self.shape().size()];
        for row in 0..self.len() {
            self.write(row, transform, &mut values);
            visit(&values);
        }
    }

    /// The stored elements of one example of the view.
    fn example(&self, row: usize) -> Example<'_> {
        self.source.example(self.rows.at(row))
    }

    /// A view of the same source with these rows of this view, which is this part of it.
    pub(super) fn view(&self, rows: Vec<usize>, part: Part) -> Self {
        let rows: Arc<[usize]> = rows.into_iter().map(|row| self.rows.at(row)).collect();
        self.selected(RowSelection::List(rows), part)
    }

    /// A view of the same source with a contiguous range of this view's rows, which is this part of it.
    pub(super) fn run(&self, run: Range<usize>, part: Part) -> Self {
        let rows = match &self.rows {
            RowSelection::Range(range) => RowSelection::Range(range.start + run.start..range.start + run.end),
            RowSelection::List(list) => RowSelection::List(list[run].into()),
        };
        self.selected(rows, part)
    }

    fn selected(&self, rows: RowSelection, part: Part) -> Self {
        Self { source: self.source.clone(), rows, part, digest: Arc::default(), condition: self.condition.clone() }
    }

    fn write(&self, row: usize, transform: &Transform, out: &mut [f32]) {
        match self.example(row) {
            Example::U8(bytes) => transform.apply_u8(self.byte(), bytes, out),
            Example::F32(floats) => transform.apply_f32(floats, out),
        }
    }
}
