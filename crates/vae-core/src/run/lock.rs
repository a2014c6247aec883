//! Lock of a run folder: one process at a time trains there, identified in the lock file.
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::base::error::{Error, Result};

/// Name of the lock file. It holds `{"pid":…,"host":…}` while a process trains, and is empty otherwise.
const NAME: &str = ".lock";

/// Exclusive lock of a run folder, released on drop.
///
/// The operating system releases the lock when the process ends, for whatever reason: a kill leaves nothing to clean
/// up. The file stays. If it were removed, another process might have opened it just before, and would hold a lock on a
/// file that the next process no longer finds.
#[derive(Debug)]
pub struct Lock {
    folder: PathBuf,
    file: File,
}

impl Lock {
    /// Locks the folder; creates it if there is none.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) if another process trains there; [`Code::Io`](crate::Code::Io).
    pub fn take(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|source| Error::io("make the run folder", folder, &source))?;
        let path = folder.join(NAME);
        let failed = |source: std::io::Error| Error::io("write the lock of the run folder", &path, &source);
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(Error::option("out")
                    .expected("a folder that no process trains in")
                    .received(format!("{}, in use by {}", folder.display(), holder(&path)))
                    .remedy("wait until it has ended, or choose another folder"));
            }
            // A file system without locks must not prevent training.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let host = gethostname::gethostname();
        let line = json!({ "pid": std::process::id(), "host": host.to_string_lossy() });
        file.set_len(0).and_then(|()| writeln!(file, "{line}")).map_err(failed)?;
        Ok(Self { folder: folder.to_path_buf(), file })
    }

    /// Path of the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Content left by a failure names a process that is about to end, or to train elsewhere.
        let _ = self.file.set_len(0);
    }
}

/// Description of the process that holds this lock.
fn holder(path: &Path) -> String {
    let content = fs::read_to_string(path).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    match content.as_ref().map(|json| (&json["pid"], &json["host"])) {
        Some((Value::Number(pid), Value::String(host))) => format!("process {pid} on {host}"),
        _ => "another process".to_owned(),
    }
}
