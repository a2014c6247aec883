//! Several models of one shape, trained by the same launches of a GPU: a launch costs the same however much it does, and
//! a small model leaves most of a GPU idle.
//!
//! Members see the same data set, each in the order of its own seed, with its own noise, β and learning rate. One of them
//! ends as it would alone, to the bit.
use candle_core::Tensor;
use vae_kernels::gpu::Plan;

use crate::base::error::{Code, Error, Result};
use crate::data::Dataset;
use crate::data::epochs::Epochs;
use crate::engine::cuda::{Gpu, MOST_STEPS, Steps};
use crate::engine::device::{Engine, Kernels, Place};
use crate::files::metadata::Card;
use crate::model::network::Network;
use crate::objective::elbo::Losses;
use crate::objective::weights::Objective;
use crate::optim::adam::AdamOptions;
use crate::options::compute::Compute;

/// What tells one member from another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    /// The seed of everything random.
    pub seed: u64,
    /// β, the weight of the KL term.
    pub beta: f64,
    /// η, Adam's step size.
    pub learning_rate: f64,
}

/// Models in training, between two steps.
#[derive(Debug)]
pub struct Members {
    members: Vec<Member>,
    gpu: Gpu,
    compute: Compute,
    network: Network,
    adam: AdamOptions,
    epochs: Epochs,
    steps: Steps,
    step: u64,
    seen: u64,
}

impl Members {
    /// Members before their first step: models of this card, but for what tells them apart.
    ///
    /// # Errors
    /// [`Code::Device`] without a GPU, or for models too large for its kernels; [`Code::Memory`] if they do not fit.
    pub fn new(card: &Card, data: &Dataset, members: Vec<Member>) -> Result<Self> {
        let options = &card.options;
        let Place::Gpu(gpu) = options.compute.place()? else {
            return Err(Error::new(Code::Device, "models are trained together on a GPU only")
                .with_option("members")
                .remedy("set `device: 'cuda'`"));
        };
        let (network, layout) = Network::new(&card.architecture());
        let thetas = members.iter().map(|member| {
            let theta = layout.to_stored(&options.initialization.draw(&layout, member.seed))?;
            Ok(Tensor::from_vec(theta, layout.len(), &gpu.device())?)
        });
        let theta = Tensor::cat(&thetas.collect::<Result<Vec<_>>>()?, 0)?;
        let state = [theta.clone(), theta.zeros_like()?, theta.zeros_like()?];
        let epochs = Epochs { n: data.len() as u64, batch: options.batch_size as u64 };
        let sizes = (options.batch_size.min(data.len()), options.estimator.samples());
        let steps = Steps::new(&gpu, options.net(&network), state, sizes, (data, &card.transform), options.compute)?
            .ok_or_else(|| {
                Error::new(Code::Device, "these models are too large to be trained together")
                    .remedy("take fewer `members`")
            })?;
        Ok(Self {
            members,
            gpu,
            compute: options.compute,
            network,
            adam: options.adam,
            epochs,
            steps,
            step: 0,
            seen: 0,
        })
    }

    /// So many steps more, up to 64; the losses of each, as they were before it. A member whose loss is not finite stays
    /// as it was.
    ///
    /// # Shapes
    /// → (steps, members)
    ///
    /// # Errors
    /// Those of the GPU.
    pub fn run(&mut self, steps: usize) -> Result<Vec<Losses>> {
        let numbers = self.step..self.step + steps.min(MOST_STEPS) as u64;
        let of_all = |step| self.members.iter().map(move |member| (step, member));
        let plans: Vec<Plan> = numbers.clone().flat_map(of_all).map(|(step, member)| self.plan(step, member)).collect();
        let outcomes = self.steps.run(&plans)?;
        let told = numbers.clone().flat_map(of_all).zip(outcomes).map(|((step, member), outcome)| {
            self.network.sums_of(outcome, self.epochs.examples(step) as usize).losses(Objective::of(member.beta))
        });
        let losses = told.collect();
        self.seen += numbers.clone().map(|step| self.epochs.examples(step)).sum::<u64>() * self.members.len() as u64;
        self.step = numbers.end;
        Ok(losses)
    }

    /// What computes.
    ///
    /// # Errors
    /// Those of the GPU.
    pub fn engine(&self) -> Result<Engine> {
        let path = Ok(Kernels::Cuda(self.compute.precision));
        Ok(Engine { path, gpu: Ok(self.gpu.name()?), threads: 1, sparse: false })
    }

    /// How many examples all members together have seen.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    fn plan(&self, step: u64, member: &Member) -> Plan {
        let adam = self.adam.constants(member.learning_rate, step + 1);
        self.epochs.plan(member.seed, step, member.beta, adam)
    }
}
