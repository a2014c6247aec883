//! Opens and describes a path by its content, not its name.
use std::path::Path;

use super::dataset::Dataset;
use super::description::Description;
use super::formats::{accept, label_file, recognise};
use super::options::{LabelSource, OpenOptions};
use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;

/// Opens examples: an IDX file or a folder with MNIST's four, .npy, .npz, a table (.csv), a picture, a folder of
/// pictures (subfolders are labels). IDX, .npy and tables may be gzip files.
///
/// For a folder with a training and a test part, opens the training part; see [`open_split`].
///
/// # Errors
/// [`Code::Io`](crate::Code::Io) if the path cannot be read, [`Code::DataFormat`](crate::Code::DataFormat) if its
/// content does not match its format, [`Code::Memory`](crate::Code::Memory) if it would take more than `limit_bytes`,
/// [`Code::Shape`](crate::Code::Shape) and [`Code::DataRange`](crate::Code::DataRange) as for [`Dataset::from_f32`],
/// [`Code::Option`](crate::Code::Option) if an option does not apply to the format,
/// [`Code::Aborted`](crate::Code::Aborted).
pub fn open(path: &Path, options: &OpenOptions, token: &CancelToken) -> Result<Dataset> {
    open_parts(path, false, options, token).map(|(train, _)| train)
}

/// Opens examples and, if the source has one, its held-out part: MNIST's `t10k` files; the first that there is of a
/// validation and a test part among the subfolders, or among the arrays of an .npz file; or the part that
/// `options.held_out` names.
///
/// # Errors
/// As for [`open`].
pub fn open_split(path: &Path, options: &OpenOptions, token: &CancelToken) -> Result<(Dataset, Option<Dataset>)> {
    open_parts(path, true, options, token)
}

fn open_parts(
    path: &Path,
    with_held_out: bool,
    options: &OpenOptions,
    token: &CancelToken,
) -> Result<(Dataset, Option<Dataset>)> {
    let format = recognise(path)?;
    accept(format, path, options)?;
    let mut opened = format.open(path, with_held_out, options, token)?;
    if let Some(LabelSource::Named(file)) = &options.labels
        && opened.source.labels.is_none()
    {
        let read = |n| label_file::read(Path::new(file), n, options.limit_bytes, token);
        opened.label(read)?;
    }
    // A relative path would name another file from another folder.
    let reading = options.anchored().reading();
    for source in opened.sources() {
        source.origin = source.origin.take().map(|origin| anchored(&origin));
        source.reading.clone_from(&reading);
    }
    opened.finish()
}

/// An absolute path for this one.
pub(super) fn anchored(path: &str) -> String {
    std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.display().to_string())
}

/// Describes the content of a path: counts, shape, sizes, labels, unreadable files, and a suggestion. Reads only the
/// headers of pictures.
///
/// # Errors
/// As for [`open`], if the path holds nothing to describe.
pub fn describe(path: &Path, token: &CancelToken) -> Result<Description> {
    let format = recognise(path)?;
    Ok(Description { kind: format.words().to_owned(), ..format.describe(path, token)? })
}
