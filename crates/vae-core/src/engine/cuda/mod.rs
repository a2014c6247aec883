//! A GPU of NVIDIA's, where this build has CUDA (the feature `cuda`); else types without values, so that whoever trains
//! or evaluates need not know.
#[cfg(not(feature = "cuda"))]
mod absent;
mod batch_queue;
mod batched;
pub mod ensemble;
mod lookahead;
mod passes;
#[cfg(feature = "cuda")]
mod present;

#[cfg(not(feature = "cuda"))]
pub use absent::Gpu;
#[cfg(not(feature = "cuda"))]
pub(crate) use absent::{Inference, MAX_STEPS, Steps};
pub(crate) use lookahead::{GpuData, GpuEngine};
pub(crate) use passes::GpuPasses;
#[cfg(feature = "cuda")]
pub use present::Gpu;
#[cfg(feature = "cuda")]
pub(crate) use present::{Inference, MAX_STEPS, Steps};
