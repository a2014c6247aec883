//! Variational autoencoders: data, model, objective, optimiser, training loop, metrics, checkpoints.
pub mod data;
pub mod error;
pub mod suggest;
pub mod task;

pub use error::{Code, Error, Result};
pub use task::Task;
