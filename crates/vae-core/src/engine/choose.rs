//! Chooses the engine for a run and reports why, and the forward passes for a model.
use std::sync::Arc;

use candle_core::{DType, Tensor};

use super::Engine;
use super::cpu::{CpuEngine, CpuPasses, StepSize};
use super::cuda::{GpuData, GpuEngine, GpuPasses};
use super::device::{DeviceHandle, EngineInfo, Kernels};
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

/// Reason against a fused engine for a model whose sizes overflow the kernels' indices.
const TOO_LARGE: &str = "a matrix of this model or of its batches has 2³² numbers or more";

/// Reason against a fused engine when the user requests the reference engine.
const REFERENCE_REQUESTED: &str = "the reference path was requested";

/// Inputs to the choice of an engine.
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

/// Returns the fused engine for this device if there is one, else the reference engine; all parameters are 0.
///
/// # Errors
/// GPU errors.
pub(crate) fn choose(device: &DeviceHandle, inputs: EngineInputs) -> Result<Box<dyn Engine>> {
    let EngineInputs { options, model, layout, objective, data, transform, threads } = inputs;
    let compute = options.compute;
    let examples = options.batch_size.min(data.len());
    let draws = objective.draws();
    // The GPU kernels do not skip zeros.
    let sparse = matches!(device, DeviceHandle::Cpu(_)) && compute.sparsity.skips_zeros(density(data, transform));
    let gpu = match device {
        DeviceHandle::Gpu(gpu) => Ok(gpu.name()?),
        DeviceHandle::Cpu(why) => Err(why.clone()),
    };
    let info = |path| EngineInfo { path, gpu: gpu.clone(), threads: threads.count(), sparse };
    let net = FusedNet::for_training(model, layout, &**objective);
    let net = net.and_then(|net| if compute.reference { Err(REFERENCE_REQUESTED) } else { Ok(net) });
    let reason = match (net, device) {
        (Err(reason), _) => reason,
        (Ok(net), DeviceHandle::Gpu(gpu)) => {
            let is_adaptive = options.beta.is_adaptive();
            let data = GpuData { data, transform, examples, draws, is_adaptive };
            let info = info(Ok(Kernels::Cuda(compute.precision)));
            match GpuEngine::new(gpu, model, net, data, compute, threads, info)? {
                Some(engine) => return Ok(Box::new(engine)),
                None => TOO_LARGE,
            }
        }
        (Ok(net), DeviceHandle::Cpu(_)) => match compute.fused() {
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
        ReferenceEngine::new(parts, Arc::clone(objective), data.len(), &device.device(), threads, info(Err(reason)))?;
    let is_measured_by_kernels = matches!(device, DeviceHandle::Cpu(_)) && model.prior().is_standard();
    Ok(Box::new(match (FusedNet::new(model, layout), compute.fused()) {
        (Ok(net), Ok(isa)) if is_measured_by_kernels => engine.measured_by(&net, isa),
        _ => engine,
    }))
}

impl Forward {
    /// Builds the forward passes of a model with this θ, in the plain order, on the CPU.
    ///
    /// # Errors
    /// [`Code::Internal`](crate::Code::Internal) if θ does not fit the layout.
    pub fn new(model: &Vae, layout: &Layout, theta: &[f32], threads: &Arc<Threads>, compute: Compute) -> Result<Self> {
        Self::at(&DeviceHandle::Cpu(None), model, layout, theta, threads, compute)
    }

    /// [`Forward::new`] on any device.
    ///
    /// # Errors
    /// Same as [`Forward::new`], and GPU errors.
    pub(crate) fn at(
        device: &DeviceHandle,
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
            let found: Option<Arc<dyn Passes>> = match (device, compute.fused()) {
                (DeviceHandle::Cpu(_), Ok(isa)) => {
                    CpuPasses::new(&net, isa, &Arc::new(stored.into()), threads).map(arc)
                }
                (DeviceHandle::Cpu(_), Err(_)) => None,
                (DeviceHandle::Gpu(gpu), _) => {
                    let theta = Tensor::from_vec(stored, theta.len(), &gpu.device())?;
                    GpuPasses::new(gpu, &net, &theta)?.map(arc)
                }
            };
            if let Some(passes) = found {
                return Ok(Self::with(model, threads, passes));
            }
        }
        let vars = Vars::new(layout, theta, DType::F32, &device.device())?;
        Ok(Self::with(model, threads, Arc::new(ReferencePasses::new(model, &vars, threads))))
    }
}

fn arc<P: Passes + 'static>(passes: P) -> Arc<dyn Passes> {
    Arc::new(passes)
}
