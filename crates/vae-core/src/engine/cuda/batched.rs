//! Trainers on one GPU whose steps are launched together, as [`Members`](super::ensemble::Members) are: each goes its own
//! way through its epochs, with its own β, looks and checkpoints, and shares nothing but the launch.
//!
//! A launch copies in what each has to be trained, and out again what became of it: megabytes, which a GPU moves in
//! microseconds, for steps of milliseconds. In turn a trainer owns its θ, and comes and goes when it likes.
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use candle_core::{DType, Tensor};
use vae_kernels::Net;
use vae_kernels::gpu::{Outcome, Plan};

use super::batch_queue::{BatchQueue, Member};
use super::{Gpu, MAX_STEPS, Steps};
use crate::base::error::Result;
use crate::base::threads::locked;
use crate::data::{Dataset, Transform};
use crate::options::compute::Compute;

/// How long a launch waits for a trainer that was in the last one: about as long as it takes itself.
const TIMEOUT: Duration = Duration::from_millis(20);

/// What trainers must have in common.
#[derive(Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) net: Net,
    /// The examples of a batch, and L.
    pub(crate) sizes: (usize, usize),
    pub(crate) fingerprint: String,
    pub(crate) transform: Transform,
    pub(crate) compute: Compute,
    /// A β that depends on the step before lets a launch make one step only, for all who share it.
    pub(crate) is_adaptive: bool,
}

/// θ, m and v of a trainer, and the steps that it is about to make.
struct Request {
    state: [Tensor; 3],
    plans: Vec<Plan>,
}

/// What became of the first of these steps, and how many seconds the launch took.
type Launched = (Vec<Outcome>, f64);

/// The trainers of one shape.
type Alike = BatchQueue<Request, Launched>;

/// All there are in this process.
static QUEUES: Mutex<Vec<(Shape, Weak<Alike>)>> = Mutex::new(Vec::new());

/// A trainer's place in the launches of several.
pub(crate) struct Batched {
    member: Member<Request, Launched>,
    state: [Tensor; 3],
}

impl std::fmt::Debug for Batched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Batched")
    }
}

impl Batched {
    /// A place for θ, m and v among so many that have this shape; if all are taken, the first of as many again.
    ///
    /// `None` where the kernels cannot train so many of these models at once.
    ///
    /// # Errors
    /// Those of [`Steps::new`].
    pub(crate) fn join(
        gpu: &Gpu,
        members: usize,
        shape: Shape,
        data: &Dataset,
        state: [Tensor; 3],
    ) -> Result<Option<Self>> {
        // What it guards is whole at any moment.
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
                let Shape { sizes, compute, ref net, ref transform, .. } = shape;
                let steps = Steps::new(&gpu, net.clone(), all, sizes, (data, transform), compute)?;
                let Some(mut steps) = steps else { return Ok(None) };
                let work = move |requests: Vec<_>| launch(&mut steps, members, &requests);
                let queue = BatchQueue::new(members, Box::new(work));
                queues.push((shape, Arc::downgrade(&queue)));
                queue.join()
            }
        };
        Ok(member.map(|member| Self { member, state }))
    }

    /// Makes these steps together with those of the others, or as many of them as each of the others makes; at least one.
    ///
    /// # Errors
    /// Those of [`Steps::run`].
    pub(crate) fn run(&mut self, plans: &[Plan]) -> Result<Launched> {
        // The launch reads θ from another stream.
        self.state[0].device().synchronize()?;
        self.member.submit(Request { state: self.state.clone(), plans: plans.to_vec() }, TIMEOUT)
    }
}

/// The first steps of these, as many as all of them want; other members rest.
fn launch(steps: &mut Steps, members: usize, requests: &[(usize, Request)]) -> Result<Vec<Launched>> {
    let start = Instant::now();
    let count = requests.iter().map(|(_, request)| request.plans.len()).min().unwrap_or(0).min(MAX_STEPS);
    let mut plans = vec![Plan::for_rows(0); count * members];
    (0..members).try_for_each(|member| steps.rest(member))?;
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
