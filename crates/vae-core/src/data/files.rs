//! Folders and paths: their entries, and the error for those that do not exist.
use std::path::{Path, PathBuf};

use crate::base::error::{Code, Error, Result};
use crate::base::suggest::nearest;

/// The named data sets, suggested for a missing path.
const NAMED: [&str; 4] = ["digits", "mnist", "fashion-mnist", "kmnist"];

/// The error for a missing path, with a suggestion.
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

/// The entries of a folder, sorted.
pub(super) fn list_folder(path: &Path) -> Result<Vec<PathBuf>> {
    let failed = |source| Error::io("list the folder", path, &source);
    let entries = std::fs::read_dir(path).map_err(failed)?;
    let mut entries =
        entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect::<Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}
