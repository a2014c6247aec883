//! Base layer: errors, JSON, files, threads. Independent of data and models.
pub mod cancel_token;
pub mod error;
pub mod file;
pub(crate) mod json_reader;
pub(crate) mod memory;
pub(crate) mod parallel;
pub mod png;
pub mod suggest;
pub mod threads;
