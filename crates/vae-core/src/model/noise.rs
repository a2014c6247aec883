//! The noise ε outside training.
//!
//! It depends only on the seed and the example, not on batches, threads or the epoch. Two models therefore receive the
//! same noise, and their results differ only through the models.
use std::ops::Range;

use vae_kernels::noise::{Key, fill_noise};

use super::posterior::Family;

/// ε of these draws of each example: row b·L + l is draw l of example b.
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
