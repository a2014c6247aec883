//! Training data: reading of every format, and the errors for malformed files.
// Test helpers may panic, like the tests themselves.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod dataset;
mod describe;
mod dialects;
mod files;
mod foreign;
mod idx;
mod images;
mod labels;
mod npy;
mod npz;
mod parts;
mod table;
#[path = "../testing/mod.rs"]
mod testing;
