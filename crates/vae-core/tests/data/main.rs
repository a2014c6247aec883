//! The data a model is trained on: what is read, and what every lie of a file is answered with.
#![allow(missing_docs)]
mod dataset;
mod files;
mod idx;
#[path = "../testing/mod.rs"]
mod testing;
