//! The engine on a GPU: runs several steps per launch and reports them one at a time.
//!
//! Between two steps of one launch nobody can read the model or change anything, so a launch holds few steps where they
//! take long.
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use candle_core::{DType, Tensor};
use vae_kernels::gpu::{Outcome as Found, Plan};
use vae_kernels::noise::{Key, Stream};

use super::batched::{self, Batched};
use super::passes::GpuPasses;
use super::{Gpu, MAX_STEPS, Steps};
use crate::base::error::{Code, Error, Result};
use crate::base::threads::Threads;
use crate::data::batch::{Examples, Shuffled, StepBatch};
use crate::data::{Dataset, Transform};
use crate::engine::cpu::kl_of;
use crate::engine::device::EngineInfo;
use crate::engine::forward::Forward;
use crate::engine::net::FusedNet;
use crate::engine::{Engine, Fill, Outcome, Part, Receive, StepSource};
use crate::model::vae::Vae;
use crate::objective::weights::Weights;
use crate::options::compute::Compute;

/// The longest that a launch should take, in seconds: a changed β is followed within this time.
const MAX_SECONDS: f64 = 0.02;

/// Steps by the kernels of a GPU.
#[derive(Debug)]
pub(crate) struct GpuEngine {
    net: FusedNet,
    launches: Launches,
    /// θ, m and v in the order of the kernels.
    state: [Tensor; 3],
    /// θ at the start of the last launch, and before that of the last one whose first loss was finite.
    before: Tensor,
    good: Tensor,
    /// The step that `good` stood at.
    good_step: u64,
    /// Steps that have been computed and not reported yet.
    pending: VecDeque<(Found, Planned)>,
    /// The most steps of the next launch.
    next: usize,
    forward: Forward,
    info: EngineInfo,
}

/// The launches that compute the steps.
#[derive(Debug)]
enum Launches {
    /// The trainer's own.
    Own(Steps),
    /// Those of several trainers.
    Shared(Batched),
}

/// The numbers that the outcome of a step is read with.
#[derive(Debug, Clone, Copy)]
struct Planned {
    examples: usize,
    weights: Weights,
}

/// The data set and the sizes of a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GpuData<'a> {
    pub(crate) data: &'a Dataset,
    pub(crate) transform: &'a Transform,
    /// The most examples of a batch.
    pub(crate) examples: usize,
    /// L.
    pub(crate) draws: usize,
    /// Whether β depends on the step before.
    pub(crate) is_adaptive: bool,
}

impl GpuEngine {
    /// An engine with all parameters at 0; `None` for models too large for the kernels.
    ///
    /// # Errors
    /// Those of the GPU.
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
                let shape = batched::Shape {
                    net: net.net.clone(),
                    sizes,
                    fingerprint: set.fingerprint(),
                    transform: transform.clone(),
                    compute,
                    is_adaptive,
                };
                Batched::join(gpu, members, shape, set, state.clone())?.map(Launches::Shared)
            }
            _ => Steps::new(gpu, net.net.clone(), state.clone(), sizes, (set, transform), compute)?.map(Launches::Own),
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

    /// Computes the next steps: as many as may be planned at once, take no longer than they should, and fit into a launch
    /// that is shared.
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

    /// A step for the GPU, which finds its batch itself.
    fn plan(&self, steps: &dyn StepSource, step: u64) -> Result<(Plan, Planned)> {
        let batch = steps.batch(step);
        let Examples::Shuffled(shuffled) = batch.source else {
            return Err(Error::new(Code::Internal, "batches are given to the CPU, and found by a GPU"));
        };
        let StepBatch { examples, .. } = batch;
        let mut kl = || kl_of(&self.forward, &batch.x(self.forward.model().input()), examples);
        let weights = steps.weights(step, &mut kl)?;
        Ok((plan(&shuffled, examples, weights.beta, steps.adam(step)), Planned { examples, weights }))
    }
}

/// The description of a step for the kernels.
pub(super) fn plan(shuffled: &Shuffled, examples: usize, beta: f64, adam: vae_kernels::Adam) -> Plan {
    let [noise, binarize] = [Stream::Noise, Stream::Binarize].map(|stream| Key::new(shuffled.seed, stream));
    let first = shuffled.epochs.first(shuffled.step);
    Plan::new(shuffled.step, &shuffled.order, first, examples as u32, noise, binarize, beta, adam)
}

impl Engine for GpuEngine {
    fn step(&mut self, steps: &dyn StepSource) -> Result<Outcome> {
        if self.pending.is_empty() {
            self.launch(steps)?;
        }
        let Some((found, Planned { examples, weights })) = self.pending.pop_front() else {
            return Err(Error::new(Code::Internal, "a launch without steps"));
        };
        Ok(Outcome { sums: self.net.sums(found.terms, examples, Some(found.log_variance)), weights })
    }

    fn is_settled(&self) -> bool {
        self.pending.is_empty()
    }

    fn export(&self, receive: &mut Receive) -> Result<()> {
        let mut plain = Vec::new();
        for (part, values) in Part::ALL.into_iter().zip(&self.state) {
            let values = values.to_vec1::<f32>()?;
            for slot in self.net.layout.slots() {
                self.net.plain(slot, &values, &mut plain);
                receive(slot, part, &plain)?;
            }
        }
        Ok(())
    }

    fn load(&mut self, step: u64, fill: &mut Fill) -> Result<()> {
        let (mut plain, mut all) = (Vec::new(), vec![0.0; self.net.layout.len()]);
        for (part, values) in Part::ALL.into_iter().zip(&self.state) {
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
