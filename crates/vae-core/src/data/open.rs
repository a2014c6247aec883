//! Opening a path by what it holds, not by what it is called.
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::dataset::Dataset;
use super::gzip::Input;
use super::idx::{self, hex};
use super::idx_folder::IdxFolder;
use super::options::OpenOptions;
use crate::error::{Code, Error, Result};
use crate::suggest::nearest;
use crate::task::Task;

/// The data sets that have a name; a path that is not there may have meant one of them.
const NAMED: [&str; 4] = ["digits", "mnist", "fashion-mnist", "kmnist"];

/// Opens examples: an IDX file (plain or gzip) or a folder with MNIST's four.
///
/// A folder with a training and a test part gives the training part; see [`open_split`].
///
/// # Errors
/// [`Code::Io`] if the path cannot be read, [`Code::DataFormat`] if its content is not what it claims to be,
/// [`Code::Memory`] if it would take more than `limit_bytes`, [`Code::Shape`] and [`Code::DataRange`] as for
/// [`Dataset::from_f32`], [`Code::Option`] if an option does not fit the kind of file, [`Code::Aborted`].
pub fn open(path: &Path, options: &OpenOptions, task: &Task) -> Result<Dataset> {
    if is_folder(path)? {
        return match IdxFolder::find(path)? {
            Some(folder) => folder.open_train(options, task),
            None => Err(Error::new(Code::DataFormat, "the folder holds no examples").path(path)),
        };
    }
    open_file(path, options, task)
}

/// Opens examples and, if the source has one, its test part: MNIST's `t10k` files.
///
/// # Errors
/// As for [`open`].
pub fn open_split(path: &Path, options: &OpenOptions, task: &Task) -> Result<(Dataset, Option<Dataset>)> {
    if is_folder(path)? {
        return match IdxFolder::find(path)? {
            Some(folder) => folder.open(options, task),
            None => Err(Error::new(Code::DataFormat, "the folder holds no examples").path(path)),
        };
    }
    Ok((open_file(path, options, task)?, None))
}

fn open_file(path: &Path, options: &OpenOptions, task: &Task) -> Result<Dataset> {
    let start = start(path)?;
    if idx::is_idx(&start) {
        return idx::open(path, options, task);
    }
    let error = Error::new(Code::DataFormat, "no format that can be read").path(path);
    Err(error.expected("IDX").received(format!("a file that begins with {}", hex(&start))))
}

/// The first bytes of a file, gunzipped if it is gzip.
fn start(path: &Path) -> Result<Vec<u8>> {
    let mut input = Input::open(path)?;
    let mut start = Vec::new();
    let read = (&mut input).take(16).read_to_end(&mut start);
    read.map_err(|source| input.failed(&source, "the header"))?;
    if start.is_empty() {
        return Err(input.error("the file is empty"));
    }
    Ok(start)
}

/// Is there a folder (or else a file) at this path?
fn is_folder(path: &Path) -> Result<bool> {
    match path.metadata() {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(source) if source.kind() == ErrorKind::NotFound => Err(missing(path)),
        Err(source) => Err(Error::io("read", path, &source)),
    }
}

/// The error for a path that is not there, with what was probably meant.
fn missing(path: &Path) -> Error {
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

/// What a folder holds, in no particular order.
pub(super) fn list_folder(path: &Path) -> Result<Vec<PathBuf>> {
    let failed = |source| Error::io("list the folder", path, &source);
    let entries = std::fs::read_dir(path).map_err(failed)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect()
}
