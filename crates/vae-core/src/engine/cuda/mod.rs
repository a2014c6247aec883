//! A GPU of NVIDIA's, where this build has CUDA (the feature `cuda`); else types without values, so that whoever trains
//! or evaluates need not know.
#[cfg(not(feature = "cuda"))]
mod absent;
pub(crate) mod batch_queue;
pub(crate) mod batched;
pub mod ensemble;
pub(crate) mod lookahead;
#[cfg(feature = "cuda")]
mod present;

#[cfg(not(feature = "cuda"))]
pub use absent::Gpu;
#[cfg(not(feature = "cuda"))]
pub(crate) use absent::{Inference, MOST_STEPS, Steps};
#[cfg(feature = "cuda")]
pub use present::Gpu;
#[cfg(feature = "cuda")]
pub(crate) use present::{Inference, MOST_STEPS, Steps};
