//! Files that appear whole or not at all: written beside their place, flushed to the disk, then renamed.
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

/// Writes `bytes` to `path` atomically; whatever stood there stays untouched until the last moment.
///
/// # Errors
/// [`Code::Io`](crate::Code::Io) with the path; nothing of the new file is left then.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let failed = |source: &std::io::Error| Error::io("write the file", path, source);
    if path.is_dir() {
        return Err(Error::new(crate::Code::Io, "cannot write the file: a folder of that name stands there").path(path));
    }
    fs::create_dir_all(folder).map_err(|source| failed(&source))?;
    // The temporary file is removed when this function fails at any point before the rename.
    let mut temporary = tempfile::Builder::new()
        .prefix(".vae-native-")
        .suffix(".tmp")
        .tempfile_in(folder)
        .map_err(|source| failed(&source))?;
    // Through the file itself, whose errors do not name the temporary path.
    temporary.as_file_mut().write_all(bytes).map_err(|source| failed(&source))?;
    temporary.as_file().sync_all().map_err(|source| failed(&source))?;
    shareable(temporary.as_file());
    temporary.persist(path).map_err(|error| failed(&error.error))?;
    // The rename itself must survive a power cut too; where folders cannot be flushed, nothing more can be done.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Temporary files are private; the finished one is as readable as any other file that its owner makes.
#[cfg(unix)]
fn shareable(file: &File) {
    use std::os::unix::fs::PermissionsExt;
    let _ = file.set_permissions(fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn shareable(_file: &File) {}
