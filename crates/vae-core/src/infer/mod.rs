//! Inference: calls on a trained model.
pub mod calls;
pub mod evaluate;
pub mod log_likelihood;
pub mod score;
pub mod spectrum;
pub mod vae;
