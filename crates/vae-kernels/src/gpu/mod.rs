//! The same step on a GPU: which kernels of `cuda/step.cu` are launched, on what, in which order.
//!
//! Nothing here knows a driver or a device. A [`Program`] lays out the memory between the layers and turns a step into a
//! list of [`Launch`]es over addresses that it is given; whoever owns the memory launches them: on a GPU a driver, in the
//! tests a shim that runs the same source on the host (`cuda/host.cpp`).
//!
//! Several **members**, models of one shape, are trained by the same launches: θ, m, v and everything else has a leading
//! axis for them, and the grid a third one.
mod parts;
mod program;

pub use parts::{Data, Part, Plan, Run, Update};
pub use program::{Launch, Memory, Program, Resident};
