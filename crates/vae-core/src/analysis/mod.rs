//! What can be said of data and models besides training them: how much a gradient varies, how latents lie, how fast it is.
pub mod bench;
pub mod classifier;
pub mod critical_beta;
pub mod gradient_variance;
pub mod latents;
