//! Batches. In training they depend on the seed and the step, outside training on the example alone.
use std::ops::Range;

use vae_kernels::noise::{Key, Stream, bernoulli};
use vae_kernels::{Batch, Permutation};

use super::epochs::Epochs;
use super::{Binarize, Dataset, Transform};

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

/// The conditions of examples (n, C) for each of their draws, (n·L, C).
pub(crate) fn repeated(condition: Option<&[f32]>, c: usize, draws: usize) -> Option<Vec<f32>> {
    condition.map(|condition| condition.chunks_exact(c).flat_map(|one| one.repeat(draws)).collect())
}

/// The examples of a training step.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BatchExamples<'a> {
    /// A range of an epoch's permutation of the data set.
    Shuffled(Shuffled<'a>),
    /// Given: x (B, D).
    Given(&'a [f32]),
}

/// A range of an epoch's permutation of a data set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shuffled<'a> {
    pub(crate) data: &'a Dataset,
    pub(crate) transform: &'a Transform,
    pub(crate) epochs: Epochs,
    pub(crate) seed: u64,
    pub(crate) step: u64,
    pub(crate) order: Permutation,
    /// The row of the generator from which the binary pixels are drawn.
    binarize_row: u32,
}

impl<'a> Shuffled<'a> {
    /// The batch of this step.
    pub(crate) fn new(data: &'a Dataset, transform: &'a Transform, epochs: Epochs, seed: u64, step: u64) -> Self {
        Self { data, transform, epochs, seed, step, order: epochs.order(seed, Stream::Shuffle, step), binarize_row: 0 }
    }

    /// Another batch of the same size, drawn independently: the batch of this step in another permutation.
    pub(crate) fn second(&self) -> Self {
        Self { order: self.epochs.order(self.seed, Stream::SecondBatch, self.step), binarize_row: 1 << 31, ..*self }
    }

    /// The row of the data set at this position of the batch.
    fn row(&self, position: usize) -> usize {
        self.order.get(self.epochs.first(self.step) + position as u64) as usize
    }
}

/// The batch of a step, of B examples.
#[derive(Debug, Clone, Copy)]
pub struct StepBatch<'a> {
    /// Source of the examples.
    pub(crate) source: BatchExamples<'a>,
    /// B.
    pub(crate) examples: usize,
}

impl StepBatch<'_> {
    /// All examples, (B, D).
    pub(crate) fn x(&self, d: usize) -> Vec<f32> {
        let mut x = vec![0.0; self.examples * d];
        for (position, x) in x.chunks_exact_mut(d).enumerate() {
            self.read(position, x);
        }
        x
    }

    /// The conditions of all examples, (B, C), if the data set has any.
    pub(crate) fn condition(&self) -> Option<(Vec<f32>, usize)> {
        let BatchExamples::Shuffled(shuffled) = self.source else { return None };
        let c = shuffled.data.condition_width();
        let row = |position| shuffled.data.condition(shuffled.row(position)).unwrap_or_default();
        (c > 0).then(|| ((0..self.examples).flat_map(row).copied().collect(), c))
    }
}

impl Batch for StepBatch<'_> {
    fn read(&self, position: usize, x: &mut [f32]) {
        match self.source {
            BatchExamples::Given(all) => x.copy_from_slice(&all[position * x.len()..][..x.len()]),
            BatchExamples::Shuffled(shuffled) => {
                let Shuffled { data, transform, seed, step, binarize_row, .. } = shuffled;
                data.gather(&[shuffled.row(position)], transform, x);
                if transform.binarize() == Binarize::Dynamic {
                    bernoulli(Key::new(seed, Stream::Binarize), step, binarize_row + position as u32, x);
                }
            }
        }
    }
}
