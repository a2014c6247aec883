//! Chooses the engine for a run and reports why, and the forward passes for a model.
use std::sync::Arc;

use candle_core::{DType, Tensor};

use super::Engine;
use super::cpu::{CpuEngine, CpuPasses, StepSize};
use super::cuda::{GpuData, GpuEngine, GpuPasses};
use super::device::{EngineInfo, Kernels, Place};
use super::forward::{Forward, Passes};
use super::net::FusedNet;
use super::reference::{ReferenceEngine, ReferencePasses};
use crate::base::error::Result;
use crate::base::threads::Threads;
use crate::data::{Dataset, Transform, density};
use crate::model::vae::Vae;
use crate::nn::parameters::{Layout, Vars};
use crate::objective::Objective;
use crate::options::TrainOptions;
use crate::options::compute::Compute;

/// The reason against a fused engine for a model that the kernels' indices cannot count.
const TOO_LARGE: &str = "a matrix of this model or of its batches has 2³² numbers or more";

/// The reason against a fused engine where the reference engine is wanted.
const ASKED_FOR: &str = "the reference path was asked for";

/// A run's parts, for which an engine is chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EngineInputs<'a> {
    pub(crate) options: &'a TrainOptions,
    pub(crate) model: &'a Vae,
    pub(crate) layout: &'a Layout,
    pub(crate) objective: &'a Arc<dyn Objective>,
    pub(crate) data: &'a Dataset,
    pub(crate) transform: &'a Transform,
    pub(crate) threads: &'a Arc<Threads>,
}

/// The fused engine at this place where there is one, else the reference engine; all parameters are 0.
///
/// # Errors
/// Those of a GPU.
pub(crate) fn choose(place: &Place, inputs: EngineInputs) -> Result<Box<dyn Engine>> {
    let EngineInputs { options, model, layout, objective, data, transform, threads } = inputs;
    let compute = options.compute;
    let (examples, draws) = (options.batch_size.min(data.len()), objective.draws());
    // A GPU goes through all numbers alike.
    let sparse = matches!(place, Place::Cpu(_)) && compute.sparsity.pays(density(data, transform));
    let gpu = match place {
        Place::Gpu(gpu) => Ok(gpu.name()?),
        Place::Cpu(why) => Err(why.clone()),
    };
    let info = |path| EngineInfo { path, gpu: gpu.clone(), threads: threads.count(), sparse };
    let net = FusedNet::for_training(model, layout, &**objective);
    let net = net.and_then(|net| if compute.reference { Err(ASKED_FOR) } else { Ok(net) });
    let reason = match (net, place) {
        (Err(reason), _) => reason,
        (Ok(net), Place::Gpu(gpu)) => {
            let is_adaptive = options.beta.is_adaptive();
            let data = GpuData { data, transform, examples, draws, is_adaptive };
            let info = info(Ok(Kernels::Cuda(compute.precision)));
            match GpuEngine::new(gpu, model, net, data, compute, threads, info)? {
                Some(engine) => return Ok(Box::new(engine)),
                None => TOO_LARGE,
            }
        }
        (Ok(net), Place::Cpu(_)) => match compute.fused() {
            Err(reason) => reason,
            Ok(isa) => {
                let size = StepSize { examples: options.batch_size, draws, sparse, isa };
                match CpuEngine::new(model, net, size, threads, info(Ok(Kernels::Simd(isa)))) {
                    Some(engine) => return Ok(Box::new(engine)),
                    None => TOO_LARGE,
                }
            }
        },
    };
    let zeros = vec![0.0; layout.len()];
    let parts = (model, layout, zeros.as_slice());
    let engine =
        ReferenceEngine::new(parts, Arc::clone(objective), data.len(), &place.device(), threads, info(Err(reason)))?;
    let is_measured_by_kernels = matches!(place, Place::Cpu(_)) && model.prior().is_standard();
    Ok(Box::new(match (FusedNet::new(model, layout), compute.fused()) {
        (Ok(net), Ok(isa)) if is_measured_by_kernels => engine.measured_by(&net, isa),
        _ => engine,
    }))
}

impl Forward {
    /// A model with this θ, given in the plain order, on the CPU.
    ///
    /// # Errors
    /// [`Code::Internal`](crate::Code::Internal) if θ does not fit the layout.
    pub fn new(model: &Vae, layout: &Layout, theta: &[f32], threads: &Arc<Threads>, compute: Compute) -> Result<Self> {
        Self::at(&Place::Cpu(None), model, layout, theta, threads, compute)
    }

    /// The same at any place.
    ///
    /// # Errors
    /// Those of [`Forward::new`], and of a GPU.
    pub(crate) fn at(
        place: &Place,
        model: &Vae,
        layout: &Layout,
        theta: &[f32],
        threads: &Arc<Threads>,
        compute: Compute,
    ) -> Result<Self> {
        layout.check_len(theta)?;
        let is_fused = model.prior().is_standard() && !compute.reference;
        if let (Ok(net), true) = (FusedNet::new(model, layout), is_fused) {
            let stored = net.to_kernels(theta);
            let found: Option<Arc<dyn Passes>> = match (place, compute.fused()) {
                (Place::Cpu(_), Ok(isa)) => CpuPasses::new(&net, isa, &Arc::new(stored.into()), threads).map(arc),
                (Place::Cpu(_), Err(_)) => None,
                (Place::Gpu(gpu), _) => {
                    let theta = Tensor::from_vec(stored, theta.len(), &gpu.device())?;
                    GpuPasses::new(gpu, &net, &theta)?.map(arc)
                }
            };
            if let Some(passes) = found {
                return Ok(Self::with(model, threads, passes));
            }
        }
        let vars = Vars::new(layout, theta, DType::F32, &place.device())?;
        Ok(Self::with(model, threads, Arc::new(ReferencePasses::new(model, &vars, threads))))
    }
}

fn arc<P: Passes + 'static>(passes: P) -> Arc<dyn Passes> {
    Arc::new(passes)
}
