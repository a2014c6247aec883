//! Training data: reading of every format, and the errors for malformed files.
// Test helpers may panic, like the tests themselves.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod csv;
mod dataset;
mod describe;
mod dialects;
mod files;
mod idx;
mod images;
mod npy;
mod npz;
#[path = "../testing/mod.rs"]
mod testing;
