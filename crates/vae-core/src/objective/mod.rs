//! What training minimises.
pub mod elbo;
pub mod estimator;
pub mod weights;
