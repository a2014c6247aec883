//! What computes steps and forward passes: candle, the CPU's kernels, those of a GPU.
pub(crate) mod choose;
pub(crate) mod cpu;
pub mod cuda;
pub mod device;
pub mod forward;
