//! Inference: calls on a trained model.
pub mod calls;
pub mod evaluate;
pub mod forecast;
pub mod log_likelihood;
mod scaled;
pub mod score;
pub mod spectrum;
pub mod vae;
