//! The same step on a GPU: which kernels of `cuda/step.cu` are launched, on what, in which order.
//!
//! [`Program`] (training) and [`Looks`] (everything else) know no driver and no device. They lay out the memory between
//! the layers and turn a step or a call into a list of [`Launch`]es over addresses that they are given; whoever owns the
//! memory launches them. In the tests that is a shim that runs the same source on the host (`cuda/host.cpp`); with the
//! feature `cuda` it is a driver: `Gpu`, and on it `Steps` and `GpuInference`.
//!
//! Several **members**, models of one shape, are trained by the same launches: θ, m, v and everything else has a leading
//! axis for them, and the grid a third one.
mod grid;
mod looks;
mod parts;
mod program;

#[cfg(feature = "cuda")]
mod device;
#[cfg(feature = "cuda")]
mod inference;
#[cfg(feature = "cuda")]
mod steps;

pub use grid::Precision;
pub use looks::{Looks, Places};
pub use parts::{Data, Launch, Memory, Outcome, Part, Plan, Run, Update};
pub use program::{Program, Resident};

#[cfg(feature = "cuda")]
pub use device::Gpu;
#[cfg(feature = "cuda")]
pub use inference::GpuInference;
#[cfg(feature = "cuda")]
pub use steps::{Examples, How, MOST_STEPS, Steps, Values};
