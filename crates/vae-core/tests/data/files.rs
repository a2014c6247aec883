//! Files made on the fly.
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;
use vae_core::data::{Dataset, OpenOptions, open};
use vae_core::{Code, Task};

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub fn write(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An IDX file of this type.
pub fn idx(kind: u8, sizes: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, kind, sizes.len() as u8];
    bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend(values);
    bytes
}

pub fn read(path: &Path) -> Dataset {
    open(path, &OpenOptions::default(), &Task::new()).unwrap()
}

/// The message that opening the path gets, without the folder in front of every path, and its code.
pub fn refused_with(path: &Path, options: &OpenOptions) -> (Code, String) {
    let error = open(path, options, &Task::new()).expect_err("the file lies");
    let folder = tempfile::env::temp_dir();
    let folder = path.ancestors().find(|up| up.parent() == Some(&folder)).unwrap_or(path);
    (
        error.code,
        error.to_string().replace(&format!("{}/", folder.display()), "").replace(&folder.display().to_string(), "."),
    )
}

pub fn refused(path: &Path) -> (Code, String) {
    refused_with(path, &OpenOptions::default())
}
