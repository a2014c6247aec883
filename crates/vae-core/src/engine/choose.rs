//! Which path makes a trainer's steps, and what there is to tell of that.
use vae_kernels::Isa;

use crate::base::error::Result;
use crate::data::{Dataset, density};
use crate::engine::cpu::Fused;
use crate::engine::cuda::batched::{Shape, Together};
use crate::engine::cuda::lookahead::{Ahead, Launches};
use crate::engine::cuda::{Gpu, Steps};
use crate::engine::device::{Engine, Kernels, Place};
use crate::files::metadata::Card;
use crate::model::network::Network;
use crate::nn::parameters::Parameters;
use crate::optim::adam::Adam;

/// Why there is no fused path for a model that the kernels' indices cannot count.
const TOO_LARGE: &str = "a matrix of this model or of its batches has 2³² numbers or more";

/// What makes the steps.
#[derive(Debug)]
pub(crate) enum Path {
    /// The CPU's kernels.
    Fused(Box<Fused>),
    /// Those of a GPU.
    Gpu(Box<Ahead>),
    /// candle, on either.
    Reference,
}

/// What a path is chosen for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Training<'a> {
    pub(crate) card: &'a Card,
    pub(crate) data: &'a Dataset,
    pub(crate) network: &'a Network,
    pub(crate) parameters: &'a Parameters,
    pub(crate) adam: &'a Adam,
    pub(crate) threads: usize,
}

impl Training<'_> {
    /// The fused path where there is one, and the engine that this makes.
    pub(crate) fn path(&self, place: &Place) -> Result<(Path, Engine)> {
        let options = &self.card.options;
        let compute = options.compute;
        // A GPU goes through all numbers alike.
        let sparse = matches!(place, Place::Cpu(_)) && compute.sparsity.pays(density(self.data, &self.card.transform));
        let found = match (options.estimator.unfused(), place) {
            (Some(reason), _) => Err(reason),
            (None, Place::Gpu(_)) if compute.reference => compute.fused().map(|_| None),
            (None, Place::Gpu(gpu)) => Ok(self.on_gpu(gpu)?.map(|path| (path, Kernels::Cuda(compute.precision)))),
            (None, Place::Cpu(_)) => match compute.fused() {
                Ok(isa) => Ok(self.on_cpu(isa, sparse)?.map(|path| (path, Kernels::Simd(isa)))),
                Err(reason) => Err(reason),
            },
        };
        let gpu = match place {
            Place::Gpu(gpu) => Ok(gpu.name()?),
            Place::Cpu(why) => Err(why.clone()),
        };
        let (path, kernels) = match found {
            Ok(Some((path, kernels))) => (path, Ok(kernels)),
            Ok(None) => (Path::Reference, Err(TOO_LARGE)),
            Err(reason) => (Path::Reference, Err(reason)),
        };
        Ok((path, Engine { path: kernels, gpu, threads: self.threads, sparse }))
    }

    fn on_cpu(&self, isa: Isa, sparse: bool) -> Result<Option<Path>> {
        let Self { network, parameters, adam, card, threads, .. } = *self;
        let fused = Fused::new(network, parameters, adam, &card.options, isa, sparse, threads)?;
        Ok(fused.map(|fused| Path::Fused(Box::new(fused))))
    }

    fn on_gpu(&self, gpu: &Gpu) -> Result<Option<Path>> {
        let (options, theta, (m, v)) = (&self.card.options, self.parameters.theta(), self.adam.stored_moments());
        let sizes = (options.batch_size.min(self.data.len()), options.estimator.samples());
        let state = [theta.clone(), m.clone(), v.clone()];
        let (net, compute, transform) = (options.net(self.network), options.compute, &self.card.transform);
        let launches = match compute.members {
            Some(members @ 2..) => {
                let (fingerprint, follows) = (self.data.fingerprint(), options.beta.follows());
                let shape = Shape { net, sizes, fingerprint, transform: transform.clone(), compute, follows };
                Together::join(gpu, members, shape, self.data, state)?.map(Launches::Shared)
            }
            _ => Steps::new(gpu, net, state, sizes, (self.data, transform), compute)?.map(Launches::Own),
        };
        launches.map(|launches| Ok(Path::Gpu(Box::new(Ahead::new(launches, theta)?)))).transpose()
    }
}
