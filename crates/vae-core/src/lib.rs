//! Variational autoencoders: data, model, objective, optimiser, training loop, metrics, checkpoints.
//!
//! The modules are layers, listed bottom up: each uses only modules above it in this list.
pub mod base;

pub mod data;

pub mod nn;

pub mod model;

pub mod objective;

pub mod optim;

pub mod options;

pub mod engine;

pub mod files;

pub mod infer;

pub mod train;

pub mod run;

pub mod analysis;

pub mod sweep;

pub use base::cancel_token::CancelToken;
pub use base::error::{Code, Error, Result};
pub use options::TrainOptions;
pub use options::compute::{Compute, Device};
