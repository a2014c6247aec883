//! What a variational autoencoder spends its time on, written by hand: a whole training step, both networks without
//! their gradients, and the random numbers that they draw.
//!
//! # A step
//!
//! [`Step`] computes the bound, all gradients and Adam's update for a batch, and allocates nothing. It works on
//! **panels**: 16 rows of a matrix side by side, feature by feature, `[row / 16][feature][16 rows]`. A row is an
//! example, or a draw of z; 16 floats are 64 bytes, one register of AVX-512, two of AVX2 or four of NEON. So whatever
//! is done to one number is done to 16 rows at once, without a shuffle, and the rows that a last panel lacks are filled
//! up with zeros that count nothing.
//!
//! A step is two pieces of work for a [`Team`] of threads:
//!
//! 1. The **batch pass** ([`Step::backward`]) divides the batch. Each thread takes its panels forward through all
//!    layers to the bound and back to the gradient of every layer's output; nobody needs what another has.
//! 2. The **weight pass** ([`Step::update`]) divides the weights. The gradient of a weight is a sum over the batch,
//!    which one thread takes in registers and hands to Adam there: no gradient of a weight is ever stored.
//!
//! Between the two the loss is known, and nothing has changed yet.
//!
//! All products, forward and backward, dense and sparse, are made of one loop: a **tile** of a few rows by a few
//! registers, summed over a list of places in memory.
//!
//! # The same bits everywhere
//!
//! Arithmetic is in `f32` with explicit fused multiply-adds, out of operations that IEEE 754 rounds correctly (`+`,
//! `·`, `/`, `√`, fma, conversion from integers); sums of terms of the bound are in `f64`. Every number has one
//! accumulator, and its summands come in one order, whatever the level ([`Isa`]), the tile, the number of threads or
//! the zeros left out. So results are the same to the bit on every CPU, and those of a plain program (`tests/plain`),
//! which says in less than 300 lines what all of this computes.
//!
//! Randomness has no state to carry, save or lock either: ε(seed, stream, step, row, dimension) is a value that exists
//! ([`noise`]), an epoch's order a bijection that can be asked at any place ([`Permutation`]), and whoever needs one
//! computes it, in any order, on any thread. A run resumed at step 1000 therefore draws what a run never stopped would
//! have drawn.
//!
//! A GPU can give these bits as well. The kernels of `cuda/step.cu` do the same operations in the same order, and a test
//! runs their source on the host against the plain program; [`gpu`] says in which order they are launched, on what.
//!
//! # Where to begin
//!
//! Read `tile` for the inner loop, `panels` for how numbers lie, then `step` and its two passes, `batch_pass` and
//! `weight_pass`. `net` is all that is known here of a model, `simd` all that differs from level to level.
//!
//! The modules are listed from the ground up: each uses those above it in this list, never those below.
//!
//! Of the whole project, `unsafe` stands in this crate alone: the passes share memory by dividing it, panel by panel
//! and share by share, and compute addresses which [`Step::new`] has made sure of.
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
pub use inputs::{Batch, Inputs, Noise, Terms};
pub use isa::Isa;
pub use net::{Activation, Affine, Net, Term};
pub use noise::{Key, Stream};
pub use peak::fma_peak;
pub use permutation::Permutation;
pub use posterior::{Family, Posterior};
pub use step::Step;
pub use team::Team;
