//! Labels that a program gives as texts.
use super::dataset::Dataset;
use super::labels::Labels;
use super::preprocessing::Preprocessing;
use super::shape::Shape;
use super::source::{Elements, Source};
use crate::base::error::Result;

impl Dataset {
    /// A data set whose labels are texts, one for each example. They are numbered in their natural order, the names from
    /// label 0 up.
    ///
    /// # Errors
    /// As for [`Dataset::from_u8`] and [`Dataset::from_f32`].
    pub fn with_text_labels(
        elements: Elements,
        shape: Shape,
        texts: &[String],
        preprocessing: &Preprocessing,
    ) -> Result<Self> {
        let mut source = Source::new(elements, shape, preprocessing);
        Labels::from_names(texts).put(&mut source);
        Self::new(source)
    }
}
