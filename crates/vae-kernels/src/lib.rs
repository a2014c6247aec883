//! Hand-written kernels of a variational autoencoder: a whole training step, the forward passes of both networks, and
//! their random numbers.
//!
//! # A step
//!
//! [`Step`] computes the bound, all gradients and Adam's update for a batch, and allocates nothing. It works on
//! **panels**: 16 rows of a matrix side by side, feature by feature, `[row / 16][feature][16 rows]`. A row is an
//! example, or a draw of z; 16 floats are 64 bytes, one register of AVX-512, two of AVX2 or four of NEON. So every
//! operation handles 16 rows at once, without a shuffle; the last panel is padded with zeros that count nothing.
//!
//! A step is two pieces of work for a [`Team`] of threads:
//!
//! 1. The **batch pass** ([`Step::backward`]) divides the batch. Each thread takes its panels forward through all
//!    layers to the bound and back to the gradient of every layer's output; no thread needs another's data.
//! 2. The **weight pass** ([`Step::update`]) divides the weights. The gradient of a weight is a sum over the batch,
//!    which one thread accumulates in registers and passes to Adam there: the gradient of a weight is never stored.
//!
//! Between the two the loss is known, and θ is unchanged.
//!
//! All products, forward and backward, dense and sparse, use one loop: a **tile** of a few rows by a few registers,
//! summed over a list of offsets.
//!
//! # The same bits everywhere
//!
//! Arithmetic is in `f32` with explicit fused multiply-adds, out of operations that IEEE 754 rounds correctly (`+`,
//! `·`, `/`, `√`, fma, conversion from integers); sums of terms of the bound are in `f64`. Every number has one
//! accumulator, and its summands come in one order, whatever the level ([`Isa`]), the tile, the number of threads or
//! the zeros left out. So results are the same to the bit on every CPU, and equal those of a plain program
//! (`tests/plain`), which specifies all of this in less than 400 lines.
//!
//! Randomness has no state to carry, save or lock either: ε is a pure function of (seed, stream, step, row, dimension)
//! ([`noise`]), and an epoch's order a bijection that can be evaluated at any position ([`Permutation`]), both in any
//! order and on any thread. A run resumed at step 1000 therefore draws what an uninterrupted run would have drawn.
//!
//! A GPU can give these bits as well: the kernels of `cuda/step.cu` do the same operations in the same order, and a
//! test runs their source on the host against the plain program. [`gpu`] builds their launches.
//!
//! # Where to begin
//!
//! Read `tile` for the inner loop, `panels` for the memory layout, then `step` and its two passes, `batch_pass` and
//! `weight_pass`. `net` describes a model, `simd` all that differs between levels.
//!
//! The modules are listed bottom-up: each uses those above it in this list, never those below.
//!
//! In the whole project only this crate contains `unsafe`: the passes share memory by dividing it, panel by panel and
//! share by share, and compute addresses that [`Step::new`] has checked.
pub mod isa;

mod lanes;

mod operands;

pub mod elementary;

pub mod philox;

mod posterior;

pub mod noise;

pub mod permutation;

mod allocator;

mod bytes;

mod team;

mod simd;

mod tile;

mod levels;

mod product;

mod panels;

mod net;

mod layer;

mod adam;

mod inputs;

mod workspace;

mod batch_pass;

mod weight_pass;

mod step;

mod inference;

mod peak;

pub mod gpu;

pub use adam::Adam;
pub use allocator::Allocator;
pub use bytes::divide_bytes;
pub use inference::Inference;
pub use inputs::{Batch, Inputs, Noise, TermSums};
pub use isa::Isa;
pub use net::{Activation, Affine, Net, PixelLoss};
pub use noise::{Key, Stream};
pub use peak::fma_peak;
pub use permutation::Permutation;
pub use posterior::{Family, Posterior};
pub use step::Step;
pub use team::Team;
