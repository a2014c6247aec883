//! The training loop between two steps.
mod steps;
pub mod trainer;
mod warnings;
