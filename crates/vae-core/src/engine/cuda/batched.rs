//! Batches the steps of several trainers on one GPU, as an [`Ensemble`](super::ensemble::Ensemble) does. Each trainer has its
//! own epochs, β, evaluations and checkpoints; they share only the launch.
//!
//! A launch copies each trainer's state in and out: megabytes, which a GPU copies in microseconds, for steps of
//! milliseconds. In return a trainer owns its θ, and joins and leaves at any time.
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use candle_core::{DType, Tensor};
use vae_kernels::Net;
use vae_kernels::gpu::{StepPlan, StepResult};

use super::batch_queue::{BatchQueue, QueueMember};
use super::{CudaSteps, Gpu, MAX_STEPS};
use crate::base::error::Result;
use crate::base::threads::locked;
use crate::data::{Dataset, Transform};
use crate::options::compute::Compute;

/// Time a launch waits for a trainer of the last launch: about the duration of a launch.
const TIMEOUT: Duration = Duration::from_millis(20);

/// Properties that batched trainers have in common.
#[derive(Debug, PartialEq)]
pub(crate) struct BatchKey {
    pub(crate) net: Net,
    /// Examples per batch, and L.
    pub(crate) sizes: (usize, usize),
    pub(crate) fingerprint: String,
    pub(crate) transform: Transform,
    pub(crate) compute: Compute,
    /// A β that depends on the previous step limits a shared launch to one step for all trainers.
    pub(crate) is_adaptive: bool,
}

/// θ, m and v of a trainer, and its next steps.
struct Request {
    state: [Tensor; 3],
    plans: Vec<StepPlan>,
}

/// Outcomes of the first of these steps, and the duration of the launch in seconds.
type Launched = (Vec<StepResult>, f64);

/// Batch queue of the trainers of one shape.
type Queue = BatchQueue<Request, Launched>;

/// All batch queues of this process.
static QUEUES: Mutex<Vec<(BatchKey, Weak<Queue>)>> = Mutex::new(Vec::new());

/// Membership of a trainer in a batch queue.
pub(crate) struct Batched {
    member: QueueMember<Request, Launched>,
    state: [Tensor; 3],
}

impl std::fmt::Debug for Batched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Batched")
    }
}

impl Batched {
    /// Joins a queue of `members` trainers of this shape with θ, m and v; opens another queue if all are full.
    ///
    /// `None` if the kernels cannot train `members` of these models at once.
    ///
    /// # Errors
    /// Same as [`CudaSteps::new`].
    pub(crate) fn join(
        gpu: &Gpu,
        members: usize,
        shape: BatchKey,
        data: &Dataset,
        state: [Tensor; 3],
    ) -> Result<Option<Self>> {
        // The guarded value is consistent at all times.
        let mut queues = locked(&QUEUES);
        queues.retain(|(_, queue)| queue.strong_count() > 0);
        let alike = queues.iter().filter(|(other, _)| *other == shape);
        let free = alike.filter_map(|(_, queue)| queue.upgrade()?.join()).next();
        let member = match free {
            Some(member) => Some(member),
            None => {
                let gpu = gpu.with_own_stream()?;
                let zeros = || Tensor::zeros(members * shape.net.len(), DType::F32, &gpu.device());
                let all = [zeros()?, zeros()?, zeros()?];
                let BatchKey { sizes, compute, ref net, ref transform, .. } = shape;
                let steps = CudaSteps::new(&gpu, net.clone(), all, sizes, (data, transform), compute)?;
                let Some(mut steps) = steps else { return Ok(None) };
                let work = move |requests: Vec<_>| launch(&mut steps, members, &requests);
                let queue = BatchQueue::new(members, Box::new(work));
                queues.push((shape, Arc::downgrade(&queue)));
                queue.join()
            }
        };
        Ok(member.map(|member| Self { member, state }))
    }

    /// Runs these steps in one launch with the other trainers' steps; limited to the shortest plan among them, at least
    /// one step.
    ///
    /// # Errors
    /// Same as [`CudaSteps::run`].
    pub(crate) fn run(&mut self, plans: &[StepPlan]) -> Result<Launched> {
        // The launch reads θ from another stream.
        self.state[0].device().synchronize()?;
        self.member.submit(Request { state: self.state.clone(), plans: plans.to_vec() }, TIMEOUT)
    }
}

/// Runs the first steps of each request, up to the length of the shortest plan; excludes the other members.
fn launch(steps: &mut CudaSteps, members: usize, requests: &[(usize, Request)]) -> Result<Vec<Launched>> {
    let start = Instant::now();
    let count = requests.iter().map(|(_, request)| request.plans.len()).min().unwrap_or(0).min(MAX_STEPS);
    let mut plans = vec![StepPlan::for_rows(0); count * members];
    (0..members).try_for_each(|member| steps.suspend(member))?;
    for (member, request) in requests {
        steps.put(*member, &request.state)?;
        plans[*member..]
            .iter_mut()
            .step_by(members)
            .zip(&request.plans)
            .for_each(|(plan, requested)| *plan = *requested);
    }
    let outcomes = steps.run(&plans)?;
    requests.iter().try_for_each(|(member, request)| steps.take(*member, &request.state))?;
    let seconds = start.elapsed().as_secs_f64();
    let of_member = |member: usize| outcomes.iter().skip(member).step_by(members).copied().collect();
    Ok(requests.iter().map(|(member, _)| (of_member(*member), seconds)).collect())
}
