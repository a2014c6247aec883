//! NVIDIA GPU backend, in builds with the feature `cuda`; otherwise uninhabited types, so that training and evaluation
//! compile unchanged.
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
pub(crate) use absent::{CudaInference, CudaSteps, MAX_STEPS};
pub(crate) use lookahead::{GpuData, GpuEngine};
pub(crate) use passes::GpuPasses;
#[cfg(feature = "cuda")]
pub use present::Gpu;
#[cfg(feature = "cuda")]
pub(crate) use present::{CudaInference, CudaSteps, MAX_STEPS};
