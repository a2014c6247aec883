//! Opening a path by what it holds, not by what it is called.
use std::path::{Path, PathBuf};

use super::dataset::Dataset;
use super::formats::Kind;
use super::formats::idx::folder::IdxFolder;
use super::formats::images::folder::ImageFolder;
use super::formats::images::picture::ImageSource;
use super::formats::images::{self, Item};
use super::formats::{csv, idx, npy, npz};
use super::options::OpenOptions;
use crate::base::error::{Code, Error, Result};
use crate::base::suggest::nearest;
use crate::base::task::Task;

/// The data sets that have a name; a path that is not there may have meant one of them.
const NAMED: [&str; 4] = ["digits", "mnist", "fashion-mnist", "kmnist"];

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
            images::load(vec![item], Some(path), options, task)?.finish()
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

/// The error for a path that is not there, with what was probably meant.
pub(super) fn missing(path: &Path) -> Error {
    let error = Error::new(Code::Io, "there is no such file or folder").path(path);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(files) = list_folder(parent) {
        let names = files.iter().filter_map(|file| file.file_name()?.to_str());
        if let Some(near) = nearest(name, names) {
            return error.remedy(format!("did you mean '{}'?", path.with_file_name(near).display()));
        }
    } else if let Some(there) = path.ancestors().skip(1).find(|folder| folder.is_dir()) {
        return error.remedy(format!("only '{}' is there", there.display()));
    }
    match nearest(name, NAMED) {
        Some(named) => error.remedy(format!("did you mean the data set '{named}'?")),
        None => error,
    }
}

/// What a folder holds, sorted.
pub(super) fn list_folder(path: &Path) -> Result<Vec<PathBuf>> {
    let failed = |source| Error::io("list the folder", path, &source);
    let entries = std::fs::read_dir(path).map_err(failed)?;
    let mut entries =
        entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect::<Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}
