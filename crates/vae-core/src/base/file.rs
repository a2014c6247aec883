//! Atomic writes (a temporary file beside the target, flushed, then renamed), and opening of regular files.
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::base::error::{Code, Error, Result};

/// Opens a file for reading. Refuses pipes and devices: they may never end, and cannot be read twice.
///
/// # Errors
/// Errors of the operating system; [`ErrorKind::InvalidInput`] if it is not a regular file.
pub fn open(path: &Path) -> std::io::Result<File> {
    let metadata = fs::metadata(path)?;
    let refused = |what: &str| Err(std::io::Error::new(ErrorKind::InvalidInput, what));
    match metadata.file_type() {
        kind if kind.is_file() => File::open(path),
        kind if kind.is_dir() => refused("it is a folder"),
        _ => refused("it is a pipe or a device"),
    }
}

/// Prefix and suffix of temporary files.
const TEMPORARY: (&str, &str) = (".vae-native-", ".tmp");

/// Removes the temporary files that a killed process left; no other process may write to the folder.
pub fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let (prefix, suffix) = TEMPORARY;
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix) && name.ends_with(suffix));
        if is_ours {
            // A file that remains only takes up room.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Writes `bytes` to `path` atomically; an existing file stays untouched until the final rename.
///
/// # Errors
/// [`Code::Io`] with the path; no part of the new file remains.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let failed = |source: &std::io::Error| {
        let error = Error::io("write the file", path, source);
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                error.remedy("free some space, or choose another place")
            }
            _ => error,
        }
    };
    if path.is_dir() {
        return Err(Error::new(Code::Io, "cannot write the file: a folder of that name exists").path(path));
    }
    if folder.exists() && !folder.is_dir() {
        let what = format!("cannot write the file: '{}' is a file, not a folder", folder.display());
        return Err(Error::new(Code::Io, what).path(path));
    }
    fs::create_dir_all(folder).map_err(|source| failed(&source))?;
    // The temporary file is removed when this function fails at any point before the rename.
    let mut temporary = tempfile::Builder::new()
        .prefix(TEMPORARY.0)
        .suffix(TEMPORARY.1)
        .tempfile_in(folder)
        // The source names the temporary file, which means nothing to the user.
        .map_err(|source| failed(&source.kind().into()))?;
    // Through the file itself: its errors do not name the temporary path.
    temporary.as_file_mut().write_all(bytes).map_err(|source| failed(&source))?;
    temporary.as_file().sync_all().map_err(|source| failed(&source))?;
    shareable(temporary.as_file());
    temporary.persist(path).map_err(|error| failed(&error.error))?;
    // Flushes the folder so that the rename survives a power cut; not every system can flush folders.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Makes the finished file readable to all, like any other file of its owner; temporary files are private.
#[cfg(unix)]
fn shareable(file: &File) {
    use std::os::unix::fs::PermissionsExt;
    let _ = file.set_permissions(fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn shareable(_file: &File) {}
