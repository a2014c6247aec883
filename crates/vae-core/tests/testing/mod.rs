//! What several test programs share.
use std::path::{Path, PathBuf};

/// A file of the shared data (real MNIST, a part of dSprites) that lie beside the repository, never in it; `None`,
/// after a line that says so, where they are absent.
pub fn shared_data(file: &str) -> Option<PathBuf> {
    let beside = |folder: &Path| folder.join("../shared/data").join(file);
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(beside).find(|path| path.exists());
    if found.is_none() {
        println!("SKIPPED: needs {file} in a folder shared/data beside the repository");
    }
    found
}
