//! Variational autoencoders: data, model, objective, optimiser, training loop, metrics, checkpoints.
pub mod activation;
pub mod adam;
pub mod data;
pub mod elbo;
pub mod error;
pub mod likelihood;
pub mod linear;
pub mod network;
pub mod parameters;
pub mod posterior;
mod real;
pub mod suggest;
pub mod task;

pub use error::{Code, Error, Result};
pub use task::Task;
