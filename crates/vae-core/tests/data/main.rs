//! The data a model is trained on: what is read, and what every lie of a file is answered with.
// A helper of tests fails loudly, as the tests do.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod dataset;
mod files;
mod idx;
#[path = "../testing/mod.rs"]
mod testing;
