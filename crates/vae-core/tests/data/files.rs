//! Temporary files for the tests.
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;
use vae_core::data::{Dataset, LabelSource, OpenOptions, open};
use vae_core::{CancelToken, Code};

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
    open(path, &OpenOptions::default(), &CancelToken::new()).unwrap()
}

/// The option that takes the labels from this file.
pub fn named(path: &Path) -> Option<LabelSource> {
    Some(LabelSource::Named(path.display().to_string()))
}

/// Code and message of the error from opening the path; strips the folder from every path.
pub fn refused_with(path: &Path, options: &OpenOptions) -> (Code, String) {
    let error = open(path, options, &CancelToken::new()).expect_err("the file lies");
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

/// An .npy file of this type, order and shape, in NumPy's spelling.
pub fn npy(descr: &str, is_fortran: bool, sizes: &str, values: &[u8]) -> Vec<u8> {
    let is_fortran = if is_fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {is_fortran}, 'shape': {sizes}, }}");
    let pad = 64 - (10 + header.len() + 1) % 64;
    header += &" ".repeat(pad % 64);
    header += "\n";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values);
    bytes
}

/// A zip file with these members.
pub fn zip(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
