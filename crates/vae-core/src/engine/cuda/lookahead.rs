//! Steps on a GPU, which are made some at once and then told one by one.
//!
//! Between two steps of one launch nobody can look at the model or change anything, so there are few of them where they
//! take long.
use std::collections::VecDeque;
use std::time::Instant;

use candle_core::Tensor;
use vae_kernels::gpu::{Outcome, Plan};

use crate::base::error::Result;
use crate::engine::cuda::batched::Together;
use crate::engine::cuda::{MOST_STEPS, Steps};
use crate::objective::weights::Objective;

/// How long a launch should take at most, in seconds: a knob that is turned is obeyed within this time.
const PATIENCE: f64 = 0.02;

/// The fused path of a trainer on a GPU.
#[derive(Debug)]
pub(crate) struct Ahead {
    launches: Launches,
    theta: Tensor,
    /// θ at the start of the last launch, and before that of the last one whose first loss was finite.
    before: Tensor,
    good: Tensor,
    /// What has been made and not been told yet.
    made: VecDeque<(Outcome, Planned)>,
    /// How many steps the next launch makes at most.
    next: usize,
}

/// Whose launches make the steps.
#[derive(Debug)]
pub(crate) enum Launches {
    /// The trainer's own.
    Own(Steps),
    /// Those of several trainers.
    Shared(Together),
}

/// What the outcome of a step is read with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planned {
    /// How many examples it has.
    pub(crate) examples: usize,
    /// What it minimises.
    pub(crate) objective: Objective,
}

impl Ahead {
    /// Launches that change this θ.
    pub(crate) fn new(launches: Launches, theta: Tensor) -> Result<Self> {
        let theta = theta.detach();
        let (before, good) = (theta.copy()?, theta.copy()?);
        Ok(Self { launches, theta, before, good, made: VecDeque::with_capacity(MOST_STEPS), next: 1 })
    }

    /// Has all that was made been told, so that θ is that of the last step told?
    pub(crate) fn is_settled(&self) -> bool {
        self.made.is_empty()
    }

    /// How many steps to make now.
    pub(crate) fn next(&self) -> usize {
        self.next
    }

    /// Makes the first of these steps, which follows the last that was told, and as many more of them as others make too
    /// that share its launch. Returns whether θ is now known to have been good before them.
    pub(crate) fn make(&mut self, plans: &[(Plan, Planned)]) -> Result<bool> {
        self.before.slice_set(&self.theta, 0, 0)?;
        let (plans, planned): (Vec<_>, Vec<_>) = plans.iter().copied().unzip();
        let (outcomes, seconds) = match &mut self.launches {
            Launches::Own(steps) => {
                let start = Instant::now();
                (steps.run(&plans)?, start.elapsed().as_secs_f64())
            }
            Launches::Shared(together) => together.run(&plans)?,
        };
        let each = seconds / outcomes.len() as f64;
        self.next = ((PATIENCE / each) as usize).clamp(1, 8 * self.next).min(MOST_STEPS);
        let is_good = outcomes.first().is_some_and(|first| first.terms.reconstruction.is_finite());
        if is_good {
            self.good.slice_set(&self.before, 0, 0)?;
        }
        self.made.extend(outcomes.into_iter().zip(planned));
        Ok(is_good)
    }

    /// What the next step found out, and what it was planned with.
    pub(crate) fn tell(&mut self) -> Option<(Outcome, Planned)> {
        self.made.pop_front()
    }

    /// θ as it last was known to be good, as it is stored.
    pub(crate) fn good(&self) -> Result<Vec<f32>> {
        Ok(self.good.to_vec1()?)
    }
}
