//! The counter-based generator of vae-native, its keyed shuffle and its elementary functions.
//!
//! Everything here is a pure function of its arguments: there is no generator state to carry, save or lock.
//! `ε(seed, stream, step, row, dimension)` is a value that exists, and whoever needs it computes it, in any order,
//! on any number of threads. A run resumed at step 1000 therefore draws what a run never stopped would have drawn.
//!
//! All arithmetic is in `f32` with explicit fused multiply-adds, in a fixed order, out of operations that IEEE 754
//! rounds correctly (`+`, `·`, `/`, `√`, fma, conversion from integers). So the same bits come out of every CPU, every
//! SIMD width and every GPU which evaluates the same expressions.
mod adam;
mod batch_pass;
mod bytes;
pub mod elementary;
mod inference;
pub mod isa;
mod layer;
mod net;
pub mod noise;
mod panels;
mod peak;
pub mod permutation;
pub mod philox;
mod product;
mod simd;
mod step;
mod team;
mod tile;
mod weight_pass;

pub use adam::Adam;
pub use bytes::divide_bytes;
pub use inference::Inference;
pub use isa::Isa;
pub use net::{Activation, Affine, Net, Term};
pub use noise::{Key, Stream};
pub use peak::fma_peak;
pub use permutation::Permutation;
pub use step::{Batch, Inputs, Noise, Step, Terms};
pub use team::Team;
