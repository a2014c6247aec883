//! Opening a path by what it holds, not by what it is called.
use std::path::Path;

use super::dataset::Dataset;
use super::files::missing;
use super::formats::Kind;
use super::formats::idx::folder::IdxFolder;
use super::formats::images::folder::ImageFolder;
use super::formats::images::picture::ImageSource;
use super::formats::images::{self, Item};
use super::formats::{csv, idx, npy, npz};
use super::options::OpenOptions;
use crate::base::error::Result;
use crate::base::task::Task;

/// Opens examples: an IDX file or a folder with MNIST's four, .npy, .npz, a table (.csv), a picture, a folder of
/// pictures (subfolders are labels). IDX, .npy and tables may be gzip files.
///
/// A folder with a training and a test part gives the training part; see [`open_split`].
///
/// # Errors
/// [`Code::Io`] if the path cannot be read, [`Code::DataFormat`] if its content is not what it claims to be,
/// [`Code::Memory`] if it would take more than `limit_bytes`, [`Code::Shape`] and [`Code::DataRange`] as for
/// [`Dataset::from_f32`], [`Code::Option`] if an option does not belong to the kind of file, [`Code::Aborted`].
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
    let kind = Kind::of(path)?;
    kind.accept(path, options)?;
    let data = match kind {
        Kind::Idx => idx::open(path, options, task),
        Kind::Npy => npy::open(path, options, task),
        Kind::Npz => npz::open(path, options, task),
        Kind::Table => csv::open(path, options, task),
        Kind::Picture => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let item = Item { source: ImageSource::File(path.to_path_buf()), name, label: None };
            Dataset::new(images::load(vec![item], Some(path), options, task)?)
        }
        Kind::PictureFolder => return ImageFolder::find(path, task)?.open(path, with_held_out, options, task),
        Kind::IdxFolder => {
            let Some(folder) = IdxFolder::find(path)? else {
                return Err(missing(path));
            };
            return folder.open(with_held_out, options, task);
        }
    };
    Ok((data?, None))
}
