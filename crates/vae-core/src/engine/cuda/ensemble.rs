//! Trains several models of one shape with the same GPU launches: a launch costs the same however much it does, and a
//! small model leaves most of a GPU idle.
//!
//! All members share the data set; each has its own seed (and so its own order), noise, β and learning rate. A member's
//! result equals that of a run alone, bit for bit.
use candle_core::Tensor;
use vae_kernels::gpu::StepPlan;

use super::lookahead::plan;
use super::{CudaSteps, Gpu, MAX_STEPS};
use crate::base::error::{Code, Error, Result};
use crate::data::batch::Shuffled;
use crate::data::epochs::Epochs;
use crate::data::{Dataset, Transform};
use crate::engine::device::{DeviceHandle, EngineInfo, Kernels};
use crate::engine::net::FusedNet;
use crate::model::vae::Vae;
use crate::objective::losses::Losses;
use crate::objective::weights::Weights;
use crate::optim::adam::AdamOptions;
use crate::options::TrainOptions;
use crate::options::compute::Compute;

/// Settings that differ between members.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EnsembleMember {
    /// Seed of everything random.
    pub seed: u64,
    /// β, the weight of the KL term.
    pub beta: f64,
    /// η, Adam's step size.
    pub learning_rate: f64,
}

/// Ensemble in training, between two steps.
#[derive(Debug)]
pub struct Ensemble {
    members: Vec<EnsembleMember>,
    gpu: Gpu,
    compute: Compute,
    net: FusedNet,
    adam: AdamOptions,
    data: Dataset,
    transform: Transform,
    epochs: Epochs,
    steps: CudaSteps,
    step: u64,
    seen: u64,
}

impl Ensemble {
    /// Creates an ensemble before its first step: models with these options, except for the members' own settings.
    ///
    /// # Errors
    /// [`Code::Device`] without a GPU, or for models that its kernels cannot train; [`Code::Memory`] if they do not
    /// fit.
    pub fn new(
        options: &TrainOptions,
        transform: &Transform,
        data: &Dataset,
        members: Vec<EnsembleMember>,
    ) -> Result<Self> {
        let DeviceHandle::Gpu(gpu) = options.compute.open_device()? else {
            return Err(Error::new(Code::Device, "batched training needs a GPU")
                .with_option("members")
                .remedy("set `device: 'cuda'`"));
        };
        let (model, layout) = Vae::new(&options.architecture(data.shape()));
        let net = FusedNet::for_training(&model, &layout, &*options.estimator.objective())
            .map_err(|reason| Error::new(Code::Device, reason).with_option("members"))?;
        let theta =
            members.iter().flat_map(|member| net.to_kernels(&options.initialization.draw(&layout, member.seed)));
        let theta = Tensor::from_vec(theta.collect::<Vec<_>>(), layout.len() * members.len(), &gpu.device())?;
        let state = [theta.clone(), theta.zeros_like()?, theta.zeros_like()?];
        let epochs = Epochs { n: data.len() as u64, batch: options.batch_size as u64 };
        let sizes = (options.batch_size.min(data.len()), options.estimator.samples());
        let steps = CudaSteps::new(&gpu, net.net.clone(), state, sizes, (data, transform), options.compute)?
            .ok_or_else(|| {
                Error::new(Code::Device, "these models are too large for batched training")
                    .remedy("take fewer `members`")
            })?;
        Ok(Self {
            members,
            gpu,
            compute: options.compute,
            net,
            adam: options.adam,
            data: data.clone(),
            transform: transform.clone(),
            epochs,
            steps,
            step: 0,
            seen: 0,
        })
    }

    /// Runs up to `steps` more steps, at most 64; returns the losses of each step before its update. A member whose
    /// loss is not finite keeps its θ.
    ///
    /// # Shapes
    /// → (steps, members)
    ///
    /// # Errors
    /// GPU errors.
    pub fn run(&mut self, steps: usize) -> Result<Vec<Losses>> {
        let numbers = self.step..self.step + steps.min(MAX_STEPS) as u64;
        let of_all = |step| self.members.iter().map(move |member| (step, member));
        let plans: Vec<StepPlan> =
            numbers.clone().flat_map(of_all).map(|(step, member)| self.plan(step, member)).collect();
        let outcomes = self.steps.run(&plans)?;
        let losses = numbers.clone().flat_map(of_all).zip(outcomes).map(|((step, member), outcome)| {
            let examples = self.epochs.examples(step) as usize;
            let sums = self.net.sums(outcome.terms, examples, Some(outcome.log_variance));
            sums.losses(Weights::new(member.beta))
        });
        let losses = losses.collect();
        self.seen += numbers.clone().map(|step| self.epochs.examples(step)).sum::<u64>() * self.members.len() as u64;
        self.step = numbers.end;
        Ok(losses)
    }

    /// Engine of the ensemble.
    ///
    /// # Errors
    /// GPU errors.
    pub fn engine(&self) -> Result<EngineInfo> {
        let path = Ok(Kernels::Cuda(self.compute.precision));
        Ok(EngineInfo { path, gpu: Ok(self.gpu.name()?), threads: 1, sparse: false })
    }

    /// Number of examples seen, summed over all members.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    fn plan(&self, step: u64, member: &EnsembleMember) -> StepPlan {
        let adam = self.adam.constants(member.learning_rate, step + 1);
        let batch = Shuffled::new(&self.data, &self.transform, self.epochs, member.seed, step);
        plan(&batch, self.epochs.examples(step) as usize, member.beta, adam)
    }
}
