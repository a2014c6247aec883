//! Opens and describes a path by its content, not by its name.
use std::path::Path;

use super::dataset::Dataset;
use super::description::Description;
use super::formats::{accept, recognise};
use super::labels;
use super::options::OpenOptions;
use crate::base::error::Result;
use crate::base::task::Task;

/// Opens examples: an IDX file or a folder with MNIST's four, .npy, .npz, a table (.csv), a picture, a folder of
/// pictures (subfolders are labels). IDX, .npy and tables may be gzip files.
///
/// A folder with a training and a test part gives the training part; see [`open_split`].
///
/// # Errors
/// [`Code::Io`](crate::Code::Io) if the path cannot be read, [`Code::DataFormat`](crate::Code::DataFormat) if its content
/// is not what it claims to be, [`Code::Memory`](crate::Code::Memory) if it would take more than `limit_bytes`,
/// [`Code::Shape`](crate::Code::Shape) and [`Code::DataRange`](crate::Code::DataRange) as for [`Dataset::from_f32`],
/// [`Code::Option`](crate::Code::Option) if an option does not belong to the kind of file,
/// [`Code::Aborted`](crate::Code::Aborted).
pub fn open(path: &Path, options: &OpenOptions, task: &Task) -> Result<Dataset> {
    open_parts(path, false, options, task).map(|(train, _)| train)
}

/// Opens examples and, if the source has one, its test part: MNIST's `t10k` files, or the subfolder `validation`,
/// `val` or `test` beside `train`.
///
/// # Errors
/// As for [`open`].
pub fn open_split(path: &Path, options: &OpenOptions, task: &Task) -> Result<(Dataset, Option<Dataset>)> {
    open_parts(path, true, options, task)
}

fn open_parts(
    path: &Path,
    with_held_out: bool,
    options: &OpenOptions,
    task: &Task,
) -> Result<(Dataset, Option<Dataset>)> {
    let format = recognise(path)?;
    accept(format, path, options)?;
    let mut opened = format.open(path, with_held_out, options, task)?;
    if let Some(file) = &options.labels {
        let n = opened.source.elements.len() / opened.source.shape.size();
        opened.source.labels = Some(labels::read(file, n as u64, options.limit_bytes, task)?);
    }
    opened.finish()
}

/// Describes the content of a path: counts, shape, sizes, labels, what cannot be read, and what to do next. Of pictures
/// only the headers are read.
///
/// # Errors
/// As for [`open`], where the path holds nothing that could be described.
pub fn describe(path: &Path, task: &Task) -> Result<Description> {
    let format = recognise(path)?;
    Ok(Description { kind: format.words().to_owned(), ..format.describe(path, task)? })
}
