//! The data a model is trained on: what is read, and what every lie of a file is answered with.
// A helper of tests fails loudly, as the tests do.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod csv;
mod dataset;
mod describe;
mod files;
mod idx;
mod images;
mod npy;
mod npz;
#[path = "../testing/mod.rs"]
mod testing;
