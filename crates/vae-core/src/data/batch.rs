//! What a batch is made of besides the values of its examples: pixels drawn as 0 or 1, and the noise ε.
//!
//! Outside training both depend on the seed and the example alone: not on the batches, the threads or the epoch. So two
//! models meet the same noise, and a difference between them is a difference between them.
use std::ops::Range;

use vae_kernels::noise::{Key, Stream, bernoulli, fill_noise};

use crate::data::{Binarize, Dataset, Transform};
use crate::model::posterior::Family;

/// A batch outside training.
///
/// # Shapes
/// → (n, D) for n examples
pub(crate) fn fixed_batch(data: &Dataset, examples: Range<usize>, transform: &Transform, seed: u64) -> Vec<f32> {
    let size = data.shape().size();
    let first = examples.start;
    let rows: Vec<usize> = examples.collect();
    let mut x = vec![0.0; rows.len() * size];
    data.gather(&rows, transform, &mut x);
    if transform.binarize() == Binarize::Dynamic {
        // Noise uses the rows 0 … L − 1 of an example's step; the last possible row is free for the draw of x itself.
        let key = Key::new(seed, Stream::Validation);
        for (example, x) in (first as u64..).zip(x.chunks_exact_mut(size)) {
            bernoulli(key, example, u32::MAX, x);
        }
    }
    x
}

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
