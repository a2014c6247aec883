//! .npz: .npy arrays as the members of a zip file. Reads only the arrays of examples and their labels.
mod archive;
mod choose;

use std::path::Path;

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Error, Result};
use crate::data::description::{Array, Description};
use crate::data::formats::npz::archive::Archive;
use crate::data::formats::npz::choose::{Chosen, choose, labels_of};
use crate::data::formats::{Format, HeldOut, Opened, npy};
use crate::data::labels::Labels;
use crate::data::options::{FormatOption, LabelSource, OpenOptions};
use crate::data::source::Source;

/// A file of arrays, one of which holds the examples.
pub(super) struct Npz;

impl Format for Npz {
    fn words(&self) -> &'static str {
        "an .npz file"
    }

    fn names(&self) -> &'static [&'static str] {
        &[".npz"]
    }

    fn is_file(&self, start: &[u8]) -> bool {
        start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06")
    }

    fn options(&self) -> &'static [FormatOption] {
        &[FormatOption::Key, FormatOption::HeldOut, FormatOption::Labels, FormatOption::Shape, FormatOption::Transpose]
    }

    fn open(&self, path: &Path, with_held_out: bool, options: &OpenOptions, token: &CancelToken) -> Result<Opened> {
        let mut archive = Archive::open(path)?;
        let Chosen { train, held_out, note } = choose(&mut archive, options)?;
        let labels = labels(&archive, &train, options)?;
        let (mut source, mut labels) = examples(&mut archive, &train, labels, options, token)?;
        source.notes.extend(note);
        let Some(held_out) = held_out.filter(|_| with_held_out) else {
            Labels::settle(&mut labels.iter_mut().collect::<Vec<_>>()).map_err(|error| error.path(path))?;
            labels.into_iter().for_each(|labels| labels.put(&mut source));
            return Ok(source.into());
        };
        // Labels named by an option are those of the training part.
        let named = if options.labels == Some(LabelSource::None) { None } else { labels_of(&archive, &held_out) };
        let (mut apart, mut its_labels) = examples(&mut archive, &held_out, named, options, token)?;
        // One numbering for both.
        let mut both: Vec<&mut Labels> = labels.iter_mut().chain(&mut its_labels).collect();
        Labels::settle(&mut both).map_err(|error| error.path(path))?;
        labels.into_iter().for_each(|labels| labels.put(&mut source));
        its_labels.into_iter().for_each(|labels| labels.put(&mut apart));
        Ok(Opened { source, held_out: HeldOut::Apart(Box::new(apart)) })
    }

    /// Lists the arrays, and describes the examples if it is clear which array holds them.
    fn describe(&self, path: &Path, token: &CancelToken) -> Result<Description> {
        let arrays = arrays(path)?;
        let description = match self.describe_opened(path, &OpenOptions::default(), token) {
            Ok(description) => description,
            Err(error) => Description { suggestion: error.to_string(), ..Description::default() },
        };
        Ok(Description { arrays, ..description })
    }
}

/// The array of labels for the examples to train on: the one that the options name, else the one of a matching name.
/// A name that is no array's is the path of a file, which is not read here.
fn labels(archive: &Archive, train: &str, options: &OpenOptions) -> Result<Option<String>> {
    match &options.labels {
        None => Ok(labels_of(archive, train)),
        Some(LabelSource::None) => Ok(None),
        Some(LabelSource::Named(name)) => match archive.named("labels", name) {
            Ok(name) => Ok(Some(name)),
            Err(_) if Path::new(name).exists() => Ok(None),
            Err(error) => Err(error),
        },
    }
}

/// Reads an array of examples and one of labels.
fn examples(
    archive: &mut Archive,
    name: &str,
    labels: Option<String>,
    options: &OpenOptions,
    token: &CancelToken,
) -> Result<(Source, Option<Labels>)> {
    let (input, header) = archive.array(name)?;
    let source = npy::examples(input, &header, options, token)?;
    let n = header.n();
    let Some(labels) = labels else { return Ok((source, None)) };
    let (input, header) = archive.array(&labels)?;
    Ok((source, Some(npy::labels(input, &header, n, options.limit_bytes, token)?)))
}

/// The arrays of a file, with the reasons why some cannot hold examples.
fn arrays(path: &Path) -> Result<Vec<Array>> {
    let mut archive = Archive::open(path)?;
    let mut arrays = Vec::new();
    for name in archive.names.clone() {
        arrays.push(match archive.array(&name) {
            Ok((input, header)) => {
                let unusable = npy::usable(&input, &header, None).err().map(|error| reason(&name, &error));
                Array { name, sizes: header.sizes, unusable }
            }
            Err(error) => Array { unusable: Some(reason(&name, &error)), name, sizes: Vec::new() },
        });
    }
    Ok(arrays)
}

/// The reason why an array cannot hold examples, without its name, which is shown beside it.
fn reason(name: &str, error: &Error) -> String {
    let what = error.what.strip_prefix(&format!("array '{name}': ")).unwrap_or(&error.what);
    match (&error.expected, &error.received) {
        (Some(expected), Some(received)) => format!("{what}: expected {expected}, got {received}"),
        _ => what.to_owned(),
    }
}
