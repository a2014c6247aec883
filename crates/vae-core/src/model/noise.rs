//! The noise ε outside training. It depends on the seed and the example alone, so that two models get the same noise.
use std::ops::Range;

use vae_kernels::noise::{Key, fill_noise};

use crate::model::posterior::Family;

/// ε outside training, for these of the draws of each example: row b·L + l is that of draw l of example b.
///
/// # Shapes
/// → (n·L, d) for n examples and L draws
pub(crate) fn noise(family: Family, key: Key, examples: Range<usize>, draws: Range<usize>, d: usize) -> Vec<f32> {
    let mut epsilon = vec![0.0; examples.len() * draws.len() * d];
    for (example, rows) in examples.zip(epsilon.chunks_exact_mut(draws.len() * d)) {
        fill_noise(family.kernel(), key, example as u64, draws.start as u32, d, rows);
    }
    epsilon
}
