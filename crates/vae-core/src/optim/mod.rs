//! How parameters follow their gradient.
pub mod adam;
pub mod learning_rate;
