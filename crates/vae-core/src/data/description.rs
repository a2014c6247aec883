//! Description of data: counts, shape, labels, and a suggestion.
use serde::Serialize;

use super::dataset::Dataset;
use super::source::Skipped;
use super::transform::Transform;
use super::views::by_label;

/// Content of a path.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// "an IDX file", "a folder of pictures" …
    pub kind: String,
    /// Number of examples (0 for several arrays in one file, until one is chosen).
    pub examples: usize,
    /// Number of examples in the held-out part, if there is one.
    pub held_out: usize,
    /// The shape of one example, if all have the same.
    pub shape: Option<Vec<usize>>,
    /// Meaning of the values: "u8 / 255", "floats as they are" …
    pub values: Option<String>,
    /// The sizes of the pictures in a folder, the most frequent first.
    pub sizes: Vec<SizeCount>,
    /// The labels, ascending.
    pub labels: Vec<LabelCount>,
    /// The arrays of an .npz file.
    pub arrays: Vec<Array>,
    /// The columns of a table.
    pub columns: Vec<Column>,
    /// Notes on how the data were read, one clause each.
    pub notes: Vec<String>,
    /// Unreadable files, with the reasons.
    pub unreadable: Vec<Skipped>,
    /// Advice in a sentence: the missing option, or the next step.
    pub suggestion: String,
}

/// Number of pictures of a size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SizeCount {
    /// In pixels.
    pub height: usize,
    /// In pixels.
    pub width: usize,
    /// Pictures of this size.
    pub count: usize,
}

/// Number of examples with a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelCount {
    /// The label.
    pub label: i32,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Examples with this label.
    pub count: usize,
}

/// An array of an .npz file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Array {
    /// Its name, without `.npy`.
    pub name: String,
    /// All its sizes, the number of examples first.
    pub sizes: Vec<u64>,
    /// The reason why it cannot hold examples, if so.
    pub unusable: Option<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Cells that are not a finite number.
    pub not_numbers: usize,
}

impl Description {
    /// Describes opened examples; `kind` stays empty.
    pub(super) fn from_examples(data: &Dataset, held_out: Option<&Dataset>) -> Self {
        let transform = Transform::fit(data);
        let outside = data.check_range(&transform, 0.0, 1.0).map(|(example, _, value)| (example, value));
        let groups = by_label(&data.labels().unwrap_or_default()).into_iter();
        Self {
            examples: data.len(),
            held_out: held_out.map_or(0, Dataset::len),
            shape: Some(data.shape().sizes().to_vec()),
            values: Some(transform.describe()),
            labels: label_counts(groups.map(|(label, rows)| (label, rows.len())), data.label_names()),
            notes: data.notes().to_vec(),
            suggestion: range_advice(outside),
            ..Self::default()
        }
    }
}

/// The suggestion for examples by their range: the first example with a value outside [0, 1], and the value.
pub(super) fn range_advice(outside: Option<(usize, f32)>) -> String {
    match outside {
        None => "Train with any likelihood.".to_owned(),
        Some((example, value)) => format!(
            "Values lie outside [0, 1] (example {example} holds {value}): use `likelihood: 'gaussian'`, or `scale: 'unit'`."
        ),
    }
}

/// Labels with their counts and names.
pub(super) fn label_counts(
    counts: impl IntoIterator<Item = (i32, usize)>,
    names: Option<&[String]>,
) -> Vec<LabelCount> {
    let name = |label: i32| names?.get(usize::try_from(label).ok()?).cloned();
    counts.into_iter().map(|(label, count)| LabelCount { label, name: name(label), count }).collect()
}
