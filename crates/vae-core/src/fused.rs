//! One training step on the fused path: what [`vae_kernels::Step`] needs to know, from what the trainer has.
use std::cell::Cell;

use candle_core::{CpuStorage, InplaceOp1, Layout, Tensor};
use vae_kernels::noise::bernoulli;
use vae_kernels::{Batch, Inputs, Isa, Key, Noise, Permutation, Step, Stream};

use crate::adam::Adam;
use crate::data::{Binarize, Dataset, Transform};
use crate::elbo::Sums;
use crate::error::Result;
use crate::network::Network;
use crate::options::TrainOptions;
use crate::parameters::Parameters;
use crate::real::slice_mut;
use crate::threads::Threads;

/// The fused path of a trainer.
#[derive(Debug)]
pub(crate) struct Fused {
    step: Step,
}

impl Fused {
    /// Room for this model's steps; `None` if it has a matrix of 2³² numbers or more.
    pub(crate) fn new(
        network: &Network,
        options: &TrainOptions,
        isa: Isa,
        sparse: bool,
        threads: usize,
    ) -> Option<Self> {
        Step::new(network.net(), options.batch_size, options.samples, sparse, isa, threads).map(|step| Self { step })
    }

    /// Both terms of the bound, and the gradients that [`Fused::update`] goes by.
    pub(crate) fn backward(
        &mut self,
        network: &Network,
        parameters: &Parameters,
        inputs: &Inputs,
        threads: &Threads,
    ) -> Result<Sums> {
        let (terms, variance) = parameters.lend(|theta| {
            let terms = threads.with_team(|team| self.step.backward(team, inputs, theta));
            (terms, network.variance(theta))
        })?;
        let constant = network.likelihood().negative_log_of(0.0, network.input(), variance);
        let (examples, terms) = (inputs.examples as u64, terms?);
        Ok(Sums { examples, reconstruction: terms.reconstruction + constant * examples as f64, kl: terms.kl })
    }

    /// Adam, with the gradients of the last [`Fused::backward`]; `t` counts updates from 1.
    pub(crate) fn update(
        &mut self,
        parameters: &Parameters,
        adam: &Adam,
        learning_rate: f64,
        t: u64,
        threads: &Threads,
    ) -> Result<()> {
        let constants = adam.constants(learning_rate, t);
        let (m, v) = adam.stored_moments();
        let mut update = |theta: &mut [f32], m: &mut [f32], v: &mut [f32]| {
            threads.with_team(|team| self.step.update(team, constants, theta, m, v))
        };
        // Three different tensors: each is locked while it is lent.
        lend_mut(&parameters.theta(), |theta| lend_mut(m, |m| lend_mut(v, |v| update(theta, m, v))?)?)?
    }
}

/// Lends the numbers of a tensor to be changed, without a copy. The work must not touch the tensor itself.
fn lend_mut<R>(tensor: &Tensor, work: impl FnOnce(&mut [f32]) -> R) -> Result<R> {
    let lend = Lend { work: Cell::new(Some(work)), result: Cell::new(None) };
    tensor.inplace_op1(&lend)?;
    lend.result.into_inner().ok_or_else(|| crate::Error::new(crate::Code::Internal, "the parameters are not in memory"))
}

struct Lend<W, R> {
    work: Cell<Option<W>>,
    result: Cell<Option<R>>,
}

impl<R, W: FnOnce(&mut [f32]) -> R> InplaceOp1 for Lend<W, R> {
    fn name(&self) -> &'static str {
        "lend"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
        let values = slice_mut::<f32>(storage, layout)?;
        self.result.set(self.work.take().map(|work| work(values)));
        Ok(())
    }
}

/// The batch of a step: a stretch of its epoch's permutation.
pub(crate) struct Shuffled<'a> {
    pub(crate) data: &'a Dataset,
    pub(crate) transform: &'a Transform,
    pub(crate) order: Permutation,
    /// The position in the epoch of its first example.
    pub(crate) first: u64,
    pub(crate) seed: u64,
    pub(crate) step: u64,
}

impl Batch for Shuffled<'_> {
    fn read(&self, position: usize, x: &mut [f32]) {
        let row = self.order.get(self.first + position as u64) as usize;
        self.data.gather(&[row], self.transform, x);
        if self.transform.binarize() == Binarize::Dynamic {
            bernoulli(Key::new(self.seed, Stream::Binarize), self.step, position as u32, x);
        }
    }
}

/// A batch that was given: x (B, D).
pub(crate) struct Given<'a>(pub(crate) &'a [f32]);

impl Batch for Given<'_> {
    fn read(&self, position: usize, x: &mut [f32]) {
        x.copy_from_slice(&self.0[position * x.len()..][..x.len()]);
    }
}

/// ε of a step.
pub(crate) fn drawn(seed: u64, step: u64) -> Noise<'static> {
    Noise::Drawn(Key::new(seed, Stream::Noise), step)
}
