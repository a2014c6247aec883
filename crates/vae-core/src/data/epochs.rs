//! Examples of a step: an epoch runs through a permutation of the data set in batches; the last may be smaller.
use vae_kernels::Permutation;
use vae_kernels::noise::{Key, Stream};

/// The division of a data set into steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epochs {
    /// Number of examples in the data set.
    pub(crate) n: u64,
    /// Examples per step, except the last of an epoch.
    pub(crate) batch: u64,
}

impl Epochs {
    /// Steps in an epoch.
    pub(crate) fn steps(self) -> u64 {
        self.n.div_ceil(self.batch)
    }

    /// Position in its epoch of the first example of this step.
    pub(crate) fn first(self, step: u64) -> u64 {
        step % self.steps() * self.batch
    }

    /// Number of examples in this step.
    pub(crate) fn examples(self, step: u64) -> u64 {
        self.batch.min(self.n - self.first(step))
    }

    /// The order of the epoch that this step belongs to, drawn from this stream.
    pub(crate) fn order(self, seed: u64, stream: Stream, step: u64) -> Permutation {
        Permutation::new(Key::new(seed, stream), step / self.steps(), self.n)
    }
}
