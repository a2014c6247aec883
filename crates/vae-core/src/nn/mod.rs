//! Layers and their parameters.
pub mod activation;
pub mod conv;
pub mod initialization;
pub mod linear;
pub mod ops;
pub mod parameters;
