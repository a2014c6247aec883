//! One training step on the fused path: what [`vae_kernels::Step`] needs to know, from what the trainer has.
use std::cell::Cell;

use candle_core::{CpuStorage, InplaceOp1, Layout, Tensor};
use vae_kernels::noise::bernoulli;
use vae_kernels::{Batch, Inputs, Isa, Key, Noise, Permutation, Step, Stream};

use crate::base::error::Result;
use crate::base::threads::Threads;
use crate::data::{Binarize, Dataset, Transform};
use crate::model::network::Network;
use crate::nn::parameters::Parameters;
use crate::nn::real::Real;
use crate::objective::elbo::Sums;
use crate::optim::adam::Adam;
use crate::options::TrainOptions;

/// The fused path of a trainer.
#[derive(Debug)]
pub(crate) struct Fused {
    step: Step,
    theta: Numbers,
    m: Numbers,
    v: Numbers,
}

impl Fused {
    /// Room for this model's steps, which change these parameters and moments; `None` if it has a matrix of 2³² numbers
    /// or more.
    pub(crate) fn new(
        network: &Network,
        parameters: &Parameters,
        adam: &Adam,
        options: &TrainOptions,
        isa: Isa,
        sparse: bool,
        threads: usize,
    ) -> Result<Option<Self>> {
        let step =
            Step::new(options.net(network), options.batch_size, options.estimator.samples(), sparse, isa, threads);
        let Some(step) = step else { return Ok(None) };
        let (m, v) = adam.stored_moments();
        let theta = Numbers::of(&parameters.theta())?;
        Ok(Some(Self { step, theta, m: Numbers::of(m)?, v: Numbers::of(v)? }))
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
        Ok(network.sums(terms?, inputs.examples, variance))
    }

    /// Adam, with the gradients of the last [`Fused::backward`] and the constants of this update.
    pub(crate) fn update(&mut self, adam: vae_kernels::Adam, threads: &Threads) -> Result<()> {
        let Self { step, theta, m, v } = self;
        let mut update = |theta: &mut [f32], m: &mut [f32], v: &mut [f32]| {
            threads.with_team(|team| step.update(team, adam, theta, m, v))
        };
        // Three different tensors: each is locked while it is lent.
        theta.lend_mut(|theta| m.lend_mut(|m| v.lend_mut(|v| update(theta, m, v))?)?)?
    }
}

/// All numbers of a tensor, to be lent without a copy.
///
/// Kept is a view of the first of them: what candle changes in place it checks for overlaps, by way of a list of the
/// axes longer than 1, and an empty list is no allocation.
#[derive(Debug)]
struct Numbers(Tensor);

impl Numbers {
    /// Those of a tensor that has its storage to itself.
    fn of(tensor: &Tensor) -> Result<Self> {
        Ok(Self(tensor.detach().narrow(0, 0, 1)?))
    }

    /// Lends them to be changed. The work must not touch the tensor itself.
    fn lend_mut<R>(&self, work: impl FnOnce(&mut [f32]) -> R) -> Result<R> {
        let lend = Lend { work: Cell::new(Some(work)), result: Cell::new(None) };
        self.0.inplace_op1(&lend)?;
        lend.result
            .into_inner()
            .ok_or_else(|| crate::Error::new(crate::Code::Internal, "the parameters are not in memory"))
    }
}

struct Lend<W, R> {
    work: Cell<Option<W>>,
    result: Cell<Option<R>>,
}

impl<R, W: FnOnce(&mut [f32]) -> R> InplaceOp1 for Lend<W, R> {
    fn name(&self) -> &'static str {
        "lend"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, _: &Layout) -> candle_core::Result<()> {
        let values = f32::slice_mut(storage)?;
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
