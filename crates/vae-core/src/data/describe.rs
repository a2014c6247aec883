//! What a path holds, told without training on it.
use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::csv::Table;
use super::dataset::Dataset;
use super::image_folder::ImageFolder;
use super::images::{Item, count_sizes};
use super::kind::Kind;
use super::npz::Archive;
use super::open::open_split;
use super::options::{OnError, OpenOptions};
use super::picture::Head;
use super::source::Skipped;
use super::transform::Transform;
use super::views::by_label;
use crate::base::error::{Error, Result};
use crate::base::parallel;
use crate::base::task::Task;

/// What a path holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// "an IDX file", "a folder of pictures" …
    pub kind: String,
    /// Examples (of several arrays in one file: none, until one is chosen).
    pub examples: usize,
    /// Examples of the held-out part, if there is one.
    pub held_out: usize,
    /// The shape of one example, if all have the same.
    pub shape: Option<Vec<usize>>,
    /// What the values are: "u8 / 255", "floats as they are" …
    pub values: Option<String>,
    /// The sizes of the pictures in a folder, the most frequent first.
    pub sizes: Vec<SizeCount>,
    /// The labels, ascending.
    pub labels: Vec<LabelCount>,
    /// The arrays of an .npz file.
    pub arrays: Vec<Array>,
    /// The columns of a table.
    pub columns: Vec<Column>,
    /// Files that cannot be read, and why.
    pub unreadable: Vec<Skipped>,
    /// What to do next: the option that is missing, or how to go on. A sentence.
    pub suggestion: String,
}

/// How many pictures have this size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SizeCount {
    /// In pixels.
    pub height: usize,
    /// In pixels.
    pub width: usize,
    /// Pictures of this size.
    pub count: usize,
}

/// How many examples have this label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelCount {
    /// The label.
    pub label: i32,
    /// What it is called, if it has a name.
    pub name: Option<String>,
    /// Examples with this label.
    pub count: usize,
}

/// An array of an .npz file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Array {
    /// Its name, without `.npy`.
    pub name: String,
    /// All of its sizes, the number of examples first.
    pub sizes: Vec<u64>,
    /// Why it cannot be examples, if so.
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

/// Says what a path holds: counts, shape, sizes, labels, what cannot be read, and what to do next. Of pictures only
/// the headers are read.
///
/// # Errors
/// As for [`open`](super::open()), where the path holds nothing that could be described.
pub fn describe(path: &Path, task: &Task) -> Result<Description> {
    let kind = Kind::of(path)?;
    let mut description = match kind {
        Kind::PictureFolder => pictures(path, task)?,
        Kind::Npz => arrays(path, task)?,
        Kind::Table => table(path, task)?,
        _ => examples(path, &OpenOptions::default(), task)?,
    };
    description.kind = kind.words().to_owned();
    Ok(description)
}

/// Of data that can be opened as they are.
fn examples(path: &Path, options: &OpenOptions, task: &Task) -> Result<Description> {
    let (data, held_out) = open_split(path, options, task)?;
    let transform = Transform::fit(&data);
    let suggestion = match data.check_range(&transform, 0.0, 1.0) {
        None => "Train with any likelihood.".to_owned(),
        Some((example, _, value)) => format!(
            "Values lie outside [0, 1] (example {example} holds {value}): use `likelihood: 'gaussian'`, or `scale: 'unit'`."
        ),
    };
    Ok(Description {
        examples: data.len(),
        held_out: held_out.map_or(0, |data| data.len()),
        shape: Some(data.shape().sizes().to_vec()),
        values: Some(transform.describe()),
        labels: labels(&data),
        suggestion,
        ..Description::default()
    })
}

fn labels(data: &Dataset) -> Vec<LabelCount> {
    let rows = by_label(&data.labels().unwrap_or_default());
    let name = |label: i32| data.label_names()?.get(usize::try_from(label).ok()?).cloned();
    rows.into_iter().map(|(label, rows)| LabelCount { label, name: name(label), count: rows.len() }).collect()
}

fn pictures(path: &Path, task: &Task) -> Result<Description> {
    let folder = ImageFolder::find(path, task)?;
    let mut description = Description::default();
    let mut readable = |items: &[Item]| -> Result<Vec<(Option<i32>, Head)>> {
        let heads = parallel::map(items.iter(), task, |_, item| item.source.head())?;
        let mut good = Vec::new();
        for (item, head) in items.iter().zip(heads) {
            match head {
                Ok(head) => good.push((item.label, head)),
                Err(reason) => description.unreadable.push(Skipped { path: item.name.clone(), reason }),
            }
        }
        Ok(good)
    };
    let (train, held_out) = (readable(&folder.train)?, readable(&folder.held_out)?);
    let heads: Vec<Head> = train.iter().chain(&held_out).map(|&(_, head)| head).collect();
    let sizes = count_sizes(&heads);
    description.sizes = sizes.iter().map(|&((height, width), count)| SizeCount { height, width, count }).collect();
    if let [((height, width), _)] = sizes.as_slice() {
        let channels = if heads.iter().all(|head| head.is_grey) { vec![] } else { vec![3] };
        description.shape = Some([vec![*height, *width], channels].concat());
    }
    let mut counts = BTreeMap::<i32, usize>::new();
    train.iter().filter_map(|(label, _)| *label).for_each(|label| *counts.entry(label).or_default() += 1);
    let name = |label: i32| folder.label_names.as_ref()?.get(usize::try_from(label).ok()?).cloned();
    description.labels =
        counts.into_iter().map(|(label, count)| LabelCount { label, name: name(label), count }).collect();
    (description.examples, description.held_out) = (train.len(), held_out.len());
    let unreadable = description.unreadable.len();
    description.suggestion = match (sizes.as_slice(), unreadable) {
        ([], _) => "There is no picture that can be read.".to_owned(),
        ([_], 0) => "Train with any likelihood.".to_owned(),
        ([_], n) => format!("Set `onError: 'skip'` to leave out {n} files, or remove them."),
        ([((height, width), _), ..], _) => {
            let side = height.min(width).next_power_of_two().min(64);
            format!("The pictures have {} sizes: set `size` to bring them to one, as in `size: {side}`.", sizes.len())
        }
    };
    Ok(description)
}

fn arrays(path: &Path, task: &Task) -> Result<Description> {
    let mut archive = Archive::open(path)?;
    let mut arrays = Vec::new();
    for name in archive.names.clone() {
        arrays.push(match archive.array(&name) {
            Ok((input, header)) => {
                let unusable = super::npy::usable(&input, &header).err().map(|error| reason(&name, &error));
                Array { name, sizes: header.sizes, unusable }
            }
            Err(error) => Array { unusable: Some(reason(&name, &error)), name, sizes: Vec::new() },
        });
    }
    let mut description = match examples(path, &OpenOptions::default(), task) {
        Ok(description) => description,
        Err(error) => Description { suggestion: error.to_string(), ..Description::default() },
    };
    description.arrays = arrays;
    Ok(description)
}

/// Why an array cannot be examples, without its name, which stands beside it.
fn reason(name: &str, error: &Error) -> String {
    let what = error.what.strip_prefix(&format!("array '{name}': ")).unwrap_or(&error.what);
    match (&error.expected, &error.received) {
        (Some(expected), Some(received)) => format!("{what}: expected {expected}, got {received}"),
        _ => what.to_owned(),
    }
}

fn table(path: &Path, task: &Task) -> Result<Description> {
    let limit = OpenOptions::default().limit_bytes;
    let mut table = Table::open(path, limit)?;
    let mut not_numbers = vec![0; table.names.len()];
    while let Some(row) = table.next()? {
        task.check()?;
        for (column, count) in not_numbers.iter_mut().enumerate() {
            *count += usize::from(!row.number(column).is_some_and(f64::is_finite));
        }
    }
    let columns = table.names.iter().zip(&not_numbers).map(|(name, &n)| Column { name: name.clone(), not_numbers: n });
    let columns: Vec<Column> = columns.collect();
    let numbers: Vec<String> =
        columns.iter().filter(|column| column.not_numbers == 0).map(|column| column.name.clone()).collect();
    if numbers.is_empty() {
        let suggestion = "No column holds only numbers: set `onError: 'skip'` to leave rows out.".to_owned();
        return Ok(Description { columns, suggestion, ..Description::default() });
    }
    let is_all = numbers.len() == columns.len();
    let options = OpenOptions { columns: Some(numbers), on_error: OnError::Throw, ..OpenOptions::default() };
    let mut description = examples(path, &options, task)?;
    if !is_all {
        description.suggestion += " Choose `columns`: some are not all numbers.";
    }
    Ok(Description { columns, ..description })
}
