//! Analyses of data and models: gradient variance, latent statistics, critical β, classifiers, speed.
pub mod bench;
pub mod classifier;
pub mod critical_beta;
pub mod gradient_variance;
pub mod latents;
