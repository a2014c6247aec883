//! The engine on a GPU: runs several steps per launch and reports them one at a time.
//!
//! The model can be neither read nor changed between two steps of one launch, so a launch holds fewer steps if they are
//! slow.
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use candle_core::{DType, Tensor};
use vae_kernels::gpu::{StepPlan, StepResult as Found};
use vae_kernels::noise::{Key, Stream};

use super::batched::{self, Batched};
use super::passes::GpuPasses;
use super::{CudaSteps, Gpu, MAX_STEPS};
use crate::base::error::{Code, Error, Result};
use crate::base::threads::Threads;
use crate::data::batch::{BatchExamples, Shuffled, StepBatch};
use crate::data::{Dataset, Transform};
use crate::engine::cpu::kl_of;
use crate::engine::device::EngineInfo;
use crate::engine::forward::Forward;
use crate::engine::net::FusedNet;
use crate::engine::{Engine, Fill, Receive, StatePart, StepOutcome, StepSource};
use crate::model::vae::Vae;
use crate::objective::weights::Weights;
use crate::options::compute::Compute;

/// Target duration of a launch in seconds, at most: a changed β takes effect within this time.
const MAX_SECONDS: f64 = 0.02;

/// Computes steps with GPU kernels.
#[derive(Debug)]
pub(crate) struct GpuEngine {
    net: FusedNet,
    launches: Launches,
    /// θ, m and v in the order of the kernels.
    state: [Tensor; 3],
    /// θ at the start of the last launch, and at the start of the last launch whose first loss was finite.
    before: Tensor,
    good: Tensor,
    /// Step of `good`.
    good_step: u64,
    /// Steps computed but not reported yet.
    pending: VecDeque<(Found, Planned)>,
    /// Maximum steps of the next launch.
    next: usize,
    forward: Forward,
    info: EngineInfo,
}

/// Launches that compute the steps.
#[derive(Debug)]
enum Launches {
    /// The trainer's own launches.
    Own(CudaSteps),
    /// Launches shared by several trainers.
    Shared(Batched),
}

/// Inputs needed to interpret the outcome of a step.
#[derive(Debug, Clone, Copy)]
struct Planned {
    examples: usize,
    weights: Weights,
}

/// Data set and sizes of a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GpuData<'a> {
    pub(crate) data: &'a Dataset,
    pub(crate) transform: &'a Transform,
    /// Maximum examples per batch.
    pub(crate) examples: usize,
    /// L.
    pub(crate) draws: usize,
    /// True if β depends on the previous step.
    pub(crate) is_adaptive: bool,
}

impl GpuEngine {
    /// Creates an engine with all parameters at 0; `None` for models too large for the kernels.
    ///
    /// # Errors
    /// GPU errors.
    pub(crate) fn new(
        gpu: &Gpu,
        model: &Vae,
        net: FusedNet,
        data: GpuData,
        compute: Compute,
        threads: &Arc<Threads>,
        info: EngineInfo,
    ) -> Result<Option<Self>> {
        let zeros = || Tensor::zeros(net.layout.len(), DType::F32, &gpu.device());
        let state = [zeros()?, zeros()?, zeros()?];
        let GpuData { data: set, transform, examples, draws, is_adaptive } = data;
        let sizes = (examples, draws);
        let launches = match compute.members {
            Some(members @ 2..) => {
                let shape = batched::BatchKey {
                    net: net.net.clone(),
                    sizes,
                    fingerprint: set.fingerprint(),
                    transform: transform.clone(),
                    compute,
                    is_adaptive,
                };
                Batched::join(gpu, members, shape, set, state.clone())?.map(Launches::Shared)
            }
            _ => CudaSteps::new(gpu, net.net.clone(), state.clone(), sizes, (set, transform), compute)?
                .map(Launches::Own),
        };
        let (Some(launches), Some(passes)) = (launches, GpuPasses::new(gpu, &net, &state[0])?) else {
            return Ok(None);
        };
        Ok(Some(Self {
            forward: Forward::with(model, threads, Arc::new(passes)),
            before: state[0].copy()?,
            good: state[0].copy()?,
            good_step: 0,
            pending: VecDeque::with_capacity(MAX_STEPS),
            next: 1,
            net,
            launches,
            state,
            info,
        }))
    }

    /// Launches the next steps: the number is limited by the lookahead, the target duration and a shared launch.
    fn launch(&mut self, steps: &dyn StepSource) -> Result<()> {
        let first = steps.next();
        let count = steps.ahead().min(self.next as u64).max(1);
        let planned = (first..first + count).map(|step| self.plan(steps, step)).collect::<Result<Vec<_>>>()?;
        self.before.slice_set(&self.state[0], 0, 0)?;
        let (plans, planned): (Vec<_>, Vec<_>) = planned.into_iter().unzip();
        let (outcomes, seconds) = match &mut self.launches {
            Launches::Own(steps) => {
                let start = Instant::now();
                (steps.run(&plans)?, start.elapsed().as_secs_f64())
            }
            Launches::Shared(batched) => batched.run(&plans)?,
        };
        let each = seconds / outcomes.len() as f64;
        self.next = ((MAX_SECONDS / each) as usize).clamp(1, 8 * self.next).min(MAX_STEPS);
        if outcomes.first().is_some_and(|first| first.terms.reconstruction.is_finite()) {
            self.good.slice_set(&self.before, 0, 0)?;
            self.good_step = first;
        }
        self.pending.extend(outcomes.into_iter().zip(planned));
        Ok(())
    }

    /// Plans a step; the GPU gathers its batch itself.
    fn plan(&self, steps: &dyn StepSource, step: u64) -> Result<(StepPlan, Planned)> {
        let batch = steps.batch(step);
        let BatchExamples::Shuffled(shuffled) = batch.source else {
            return Err(Error::new(Code::Internal, "the GPU engine cannot train on explicit batches"));
        };
        let StepBatch { examples, .. } = batch;
        let mut kl = || kl_of(&self.forward, &batch.x(self.forward.model().input()), examples);
        let weights = steps.weights(step, &mut kl)?;
        Ok((plan(&shuffled, examples, weights.beta, steps.adam(step)), Planned { examples, weights }))
    }
}

/// Description of a step for the kernels.
pub(super) fn plan(shuffled: &Shuffled, examples: usize, beta: f64, adam: vae_kernels::Adam) -> StepPlan {
    let [noise, binarize] = [Stream::Noise, Stream::Binarize].map(|stream| Key::new(shuffled.seed, stream));
    let first = shuffled.epochs.first(shuffled.step);
    StepPlan::new(shuffled.step, &shuffled.order, first, examples as u32, noise, binarize, beta, adam)
}

impl Engine for GpuEngine {
    fn step(&mut self, steps: &dyn StepSource) -> Result<StepOutcome> {
        if self.pending.is_empty() {
            self.launch(steps)?;
        }
        let Some((found, Planned { examples, weights })) = self.pending.pop_front() else {
            return Err(Error::new(Code::Internal, "a launch without steps"));
        };
        Ok(StepOutcome { sums: self.net.sums(found.terms, examples, Some(found.log_variance)), weights })
    }

    fn is_settled(&self) -> bool {
        self.pending.is_empty()
    }

    fn export(&self, receive: &mut Receive) -> Result<()> {
        let mut plain = Vec::new();
        for (part, values) in StatePart::ALL.into_iter().zip(&self.state) {
            let values = values.to_vec1::<f32>()?;
            for slot in self.net.layout.slots() {
                self.net.plain(slot, &values, &mut plain);
                receive(slot, part, &plain)?;
            }
        }
        Ok(())
    }

    fn load(&mut self, step: u64, fill: &mut Fill) -> Result<()> {
        let mut plain = Vec::new();
        let mut all = vec![0.0; self.net.layout.len()];
        for (part, values) in StatePart::ALL.into_iter().zip(&self.state) {
            for slot in self.net.layout.slots() {
                plain.clear();
                plain.resize(slot.len(), 0.0);
                fill(slot, part, &mut plain)?;
                self.net.set(slot, &plain, &mut all);
            }
            values.slice_set(&Tensor::from_slice(&all, all.len(), values.device())?, 0, 0)?;
        }
        self.good_step = step;
        Ok(self.good.slice_set(&self.state[0], 0, 0)?)
    }

    fn last_good(&self) -> Result<(u64, Vec<f32>)> {
        Ok((self.good_step, self.net.to_plain(&self.good.to_vec1::<f32>()?)))
    }

    fn forward(&self) -> &Forward {
        &self.forward
    }

    fn info(&self) -> &EngineInfo {
        &self.info
    }
}
