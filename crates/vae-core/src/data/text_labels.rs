//! Labels that a program gives as texts.
use super::dataset::Dataset;
use super::natural::natural;
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
        let (labels, names) = numbered(texts);
        let source = Source::new(elements, shape, preprocessing);
        Self::new(Source { labels: Some(labels), label_names: Some(names), ..source })
    }
}

/// The number of each text, and the texts in the order of their numbers.
fn numbered(texts: &[String]) -> (Vec<i32>, Vec<String>) {
    let mut names = texts.to_vec();
    names.sort_by(|a, b| natural(a, b));
    names.dedup();
    // Every text is among the names, so the search always finds one.
    let number = |text: &String| names.partition_point(|name| natural(name, text).is_lt()) as i32;
    (texts.iter().map(number).collect(), names)
}
