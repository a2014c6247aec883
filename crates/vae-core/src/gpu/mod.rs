//! A GPU of NVIDIA's, where this build has CUDA (the feature `cuda`); else types without values, so that whoever trains
//! or evaluates need not know.
#[cfg(not(feature = "cuda"))]
mod absent;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(not(feature = "cuda"))]
pub use absent::Gpu;
#[cfg(not(feature = "cuda"))]
pub(crate) use absent::{Inference, MOST_STEPS, Steps};
#[cfg(feature = "cuda")]
pub use cuda::Gpu;
#[cfg(feature = "cuda")]
pub(crate) use cuda::{Inference, MOST_STEPS, Steps};
