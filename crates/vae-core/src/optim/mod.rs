//! How parameters follow their gradient.
pub mod adam;
