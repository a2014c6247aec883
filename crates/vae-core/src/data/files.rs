//! Folders and paths: their entries, and the error for those that do not exist.
use std::fs::FileType;
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

/// An entry of a folder.
pub(super) struct Entry {
    pub path: PathBuf,
    pub name: String,
    kind: FileType,
}

impl Entry {
    /// True for a folder, or a link to one. Asks the disk only about links.
    pub(super) fn is_dir(&self) -> bool {
        if self.kind.is_symlink() { self.path.is_dir() } else { self.kind.is_dir() }
    }

    /// True for a link.
    pub(super) fn is_link(&self) -> bool {
        self.kind.is_symlink()
    }
}

/// The entries of a folder, sorted by path, without what systems and programs leave there (see [`is_leftover`]).
pub(super) fn entries(path: &Path) -> Result<Vec<Entry>> {
    let failed = |source| Error::io("list the folder", path, &source);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !is_leftover(&name) {
            entries.push(Entry { path: entry.path(), name, kind: entry.file_type().map_err(failed)? });
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

/// The paths of the [`entries`] of a folder.
pub(super) fn list_folder(path: &Path) -> Result<Vec<PathBuf>> {
    Ok(entries(path)?.into_iter().map(|entry| entry.path).collect())
}

/// True for names that are no data in any format: hidden files, the bookkeeping of systems, archives and editors,
/// unfinished downloads.
fn is_leftover(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "__macosx",
        "_ds_store",
        "__pycache__",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "@eadir",
        "#recycle",
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "icon\r",
    ];
    const BEGINNINGS: [&str; 2] = [".", "~$"];
    const ENDS: [&str; 6] = [".part", ".partial", ".crdownload", ".download", ".aria2", "~"];
    let name = name.to_lowercase();
    NAMES.contains(&name.as_str())
        || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        || ENDS.iter().any(|end| name.ends_with(end))
}

/// True for files that are kept beside data and are none themselves in a folder of pictures: texts, licences, tables
/// of annotations, scripts.
pub(super) fn is_note(name: &str) -> bool {
    const NAMES: [&str; 9] =
        ["readme", "license", "licence", "copying", "notice", "authors", "citation", "changelog", "checksums"];
    const EXTENSIONS: [&str; 27] = [
        "md", "rst", "txt", "log", "json", "jsonl", "csv", "tsv", "yaml", "yml", "toml", "ini", "cfg", "xml", "html",
        "htm", "url", "pdf", "bib", "py", "ipynb", "sh", "m", "js", "md5", "sha1", "sha256",
    ];
    let name = name.to_lowercase();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    EXTENSIONS.contains(&extension) || (extension.is_empty() && NAMES.iter().any(|note| stem.starts_with(note)))
}
