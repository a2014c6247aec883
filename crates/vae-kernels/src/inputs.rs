//! The inputs of a step, and its result.
use crate::noise::Key;

/// Source of the examples of a batch.
pub trait Batch: Sync {
    /// Writes the example at this position of the batch.
    fn read(&self, position: usize, x: &mut [f32]);
}

/// Source of ε.
#[derive(Debug, Clone, Copy)]
pub enum Noise<'a> {
    /// ε(key, step, position · L + l, dimension).
    Drawn(Key, u64),
    /// Given, (B·L, d).
    Given(&'a [f32]),
}

/// Inputs of one step.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The examples.
    pub batch: &'a dyn Batch,
    /// B, the number of examples, at most the step's capacity.
    pub examples: usize,
    /// ε.
    pub noise: Noise<'a>,
    /// The weight of the KL term.
    pub beta: f64,
}

/// Both terms of the bound summed over the batch, draws averaged.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(C)] // as the kernels of a GPU write it
pub struct TermSums {
    /// Σ −log p(x|z), nats.
    pub reconstruction: f64,
    /// Σ KL, nats.
    pub kl: f64,
}
