//! The same step on a GPU: launches of the kernels of `cuda/step.cu`, their memory and order.
//!
//! [`Program`] (training) and [`InferenceProgram`] (inference) are independent of driver and device. They lay out the
//! memory between the layers and turn a step or a call into a list of [`Launch`]es on given addresses; the owner of the
//! memory launches them. In the tests that is a shim that runs the same source on the host (`cuda/host.cpp`); with the
//! feature `cuda` it is a driver: `Gpu`, with `Steps` and `GpuInference` on top.
//!
//! An ensemble of **members**, models of one shape, is trained by the same launches: θ, m, v and everything else have a
//! leading axis for the members, and the grid a third one.
mod grid;
mod inference_program;
mod kernel_args;
mod program;

#[cfg(feature = "cuda")]
mod device;
#[cfg(feature = "cuda")]
mod inference;
#[cfg(feature = "cuda")]
mod steps;

pub use grid::Precision;
pub use inference_program::{InferenceProgram, Offsets};
pub use kernel_args::{Addresses, Data, KernelArgs, Launch, StepArgs, StepPlan, StepResult, UpdateArgs};
pub use program::{Program, Resident};

#[cfg(feature = "cuda")]
pub use device::Gpu;
#[cfg(feature = "cuda")]
pub use inference::GpuInference;
#[cfg(feature = "cuda")]
pub use steps::{DataSet, DataValues, GpuSteps, LaunchOptions, MAX_STEPS};
