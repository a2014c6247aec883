//! Batches outside training. Pixels that are drawn as 0 or 1 depend on the seed and the example alone: not on the batches,
//! the threads or the epoch. So two models get the same batches, and a difference between them is a difference between
//! them.
use std::ops::Range;

use vae_kernels::noise::{Key, Stream, bernoulli};

use crate::data::{Binarize, Dataset, Transform};

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
