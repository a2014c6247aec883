//! Tables: dialects, headers, columns, labels, and the errors for those that cannot be read.
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use vae_core::data::{Dataset, OpenOptions, Transform, open};
use vae_core::{CancelToken, Code};

use crate::files::{folder, refused_with, write};

mod cells;
mod columns;
mod describe;
mod dialect;
mod faults;
mod header;
mod labels;
mod pictures;
mod text;

/// A table in a folder of its own.
struct File {
    _folder: TempDir,
    path: PathBuf,
}

/// A file `x.csv` of these bytes.
fn file(bytes: impl AsRef<[u8]>) -> File {
    let folder = folder();
    let path = write(&folder, "x.csv", bytes);
    File { _folder: folder, path }
}

/// Opens these bytes with options in JSON.
fn opened(bytes: impl AsRef<[u8]>, options: &Value) -> Dataset {
    open(&file(bytes).path, &OpenOptions::from_json(options).unwrap(), &CancelToken::new()).unwrap()
}

/// Opens these bytes without options.
fn table(bytes: impl AsRef<[u8]>) -> Dataset {
    opened(bytes, &json!({}))
}

/// Message of the refusal of these bytes.
fn refusal(bytes: impl AsRef<[u8]>, options: &Value) -> String {
    let (code, message) = refused_with(&file(bytes).path, &OpenOptions::from_json(options).unwrap());
    assert!(matches!(code, Code::DataFormat | Code::Option), "{code:?}");
    message
}

/// All values, row by row.
fn values(data: &Dataset) -> Vec<f32> {
    data.to_f32(&Transform::fit(data))
}

/// The names of the columns.
fn names(data: &Dataset) -> Vec<&str> {
    data.table().unwrap().columns.iter().map(|column| column.name.as_str()).collect()
}
