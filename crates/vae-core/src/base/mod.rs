//! Ground floor: errors, JSON, files, threads. Knows nothing of data or models.
pub mod error;
pub mod file;
pub(crate) mod json_reader;
pub(crate) mod memory;
pub(crate) mod parallel;
pub mod png;
pub mod suggest;
pub mod task;
pub mod threads;
