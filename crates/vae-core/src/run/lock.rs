//! Who trains in a run folder: one process at a time, which says there who it is.
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::base::error::{Error, Result};

/// The file that is locked. It holds `{"pid":…,"host":…}` while somebody trains, and nothing while nobody does.
const NAME: &str = ".lock";

/// A run folder that is this process's alone until this is dropped.
///
/// The lock is the operating system's, which lets go of it when the process ends, however it ends: nothing is left to be
/// cleared away after a kill. The file stays. If it were removed, somebody might have opened it just before, and lock
/// what the next one no longer finds.
#[derive(Debug)]
pub struct Lock {
    folder: PathBuf,
    file: File,
}

impl Lock {
    /// Takes the folder, which is made if there is none.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) if somebody trains there; [`Code::Io`](crate::Code::Io).
    pub fn take(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|source| Error::io("make the run folder", folder, &source))?;
        let path = folder.join(NAME);
        let failed = |source: std::io::Error| Error::io("write the lock of the run folder", &path, &source);
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(Error::option("out")
                    .expected("a folder in which nobody trains")
                    .received(format!("{}, in which {} does", folder.display(), holder(&path)))
                    .remedy("wait until it has ended, or choose another folder"));
            }
            // A file system that knows no locks is no reason not to train.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let host = gethostname::gethostname();
        let line = json!({ "pid": std::process::id(), "host": host.to_string_lossy() });
        file.set_len(0).and_then(|()| writeln!(file, "{line}")).map_err(failed)?;
        Ok(Self { folder: folder.to_path_buf(), file })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What a failure leaves there names a process that is about to be gone, or to train elsewhere.
        let _ = self.file.set_len(0);
    }
}

/// Who holds this lock, in words.
fn holder(path: &Path) -> String {
    let said = fs::read_to_string(path).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    match said.as_ref().map(|json| (&json["pid"], &json["host"])) {
        Some((Value::Number(pid), Value::String(host))) => format!("process {pid} on {host}"),
        _ => "another process".to_owned(),
    }
}
