//! The optimiser and its learning rate.
pub mod adam;
pub mod learning_rate;
