//! The noise ε outside training.
//!
//! It depends on the seed and the example alone, not on the batches, the threads or the epoch. So two models meet the same
//! noise, and a difference between them is a difference between them.
use std::ops::Range;

use vae_kernels::noise::{Key, fill_noise};

use super::posterior::Family;

/// ε of these draws of each example: row b·L + l is that of draw l of example b.
///
/// # Shapes
/// → (n·L, d) for n examples and L draws
pub(crate) fn noise(family: Family, key: Key, examples: Range<usize>, draws: Range<usize>, d: usize) -> Vec<f32> {
    let mut epsilon = vec![0.0; examples.len() * draws.len() * d];
    for (example, rows) in examples.zip(epsilon.chunks_exact_mut(draws.len() * d)) {
        fill_noise(family.noise(), key, example as u64, draws.start as u32, d, rows);
    }
    epsilon
}
