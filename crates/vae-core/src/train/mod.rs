//! The training loop between two steps.
pub mod trainer;
mod warnings;
