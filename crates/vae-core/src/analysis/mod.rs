//! What can be said of data and models besides training them: where β collapses, how much a gradient varies.
pub mod classifier;
pub mod gradient_variance;
pub mod latents;
pub mod spectrum;
