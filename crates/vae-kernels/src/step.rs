//! One training step: forward, the bound, backward and Adam, as two pieces of work for a team of threads.
//!
//! The first piece splits the *batch*: every thread takes its panels of 16 examples through all layers and back, so
//! that nothing is shared on the way. The second splits the *weights*: the gradient of each is summed over the whole
//! batch by one thread and goes straight into Adam. Each number has one order of summation, so the result does not
//! depend on which thread computes it.
use crate::adam::{Adam, AdamState};
use crate::batch_pass::BatchPass;
use crate::elementary::exp;
use crate::inputs::{Inputs, TermSums};
use crate::isa::Isa;
use crate::net::Net;
use crate::team::Team;
use crate::weight_pass::WeightPass;
use crate::workspace::Workspace;

/// Everything that a step needs beyond θ and the moments, allocated once.
#[derive(Debug)]
pub struct Step {
    workspace: Workspace,
}

impl Step {
    /// Allocates memory for batches of up to `examples` with L = `draws`, computed at the level `isa` by up to
    /// `threads` threads. With `sparse`, zeros of the data are left out of the sums over them, which does not change a
    /// bit of any result.
    ///
    /// `None` if a matrix has 2³² numbers or more, or θ up to the end of the encoder.
    ///
    /// # Panics
    /// If the layers do not fit onto each other or overlap in θ, or the CPU does not offer the level.
    pub fn new(net: Net, examples: usize, draws: usize, sparse: bool, isa: Isa, threads: usize) -> Option<Self> {
        Workspace::new(net, examples, draws, sparse, isa, threads).map(|workspace| Self { workspace })
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        self.workspace.bytes()
    }

    /// Runs the first half of a step: returns both terms of the bound, and keeps the gradients of all layers' outputs
    /// for [`Step::update`]. The reconstruction excludes the likelihood's constant.
    ///
    /// # Panics
    /// If there are more examples or threads than [`Step::new`] allows, or θ is too short.
    pub fn backward(&mut self, team: &mut Team, inputs: &Inputs, theta: &[f32]) -> TermSums {
        let workspace = &mut self.workspace;
        assert!(inputs.examples <= workspace.capacity && team.count() <= workspace.staging.len(), "batch and team fit");
        assert!(theta.len() >= workspace.net.len(), "θ has all layers");
        if workspace.examples != inputs.examples {
            workspace.prepare(inputs.examples);
        }
        let s = workspace.net.log_variance.map(|at| theta[at]);
        let factor = workspace.net.factor * s.map_or(1.0, |s| exp(-s));
        let pass = BatchPass { workspace, inputs, theta: theta.as_ptr(), factor };
        team.run(&|thread, threads| pass.run(thread, threads));
        workspace.terms = workspace.sum(factor);
        workspace.terms
    }

    /// Runs the second half: Adam on θ and its moments m and v.
    ///
    /// # Panics
    /// If one of them is shorter than the layers need, or there are more threads than [`Step::new`] allows.
    pub fn update(&mut self, team: &mut Team, adam: Adam, theta: &mut [f32], m: &mut [f32], v: &mut [f32]) {
        let shortest = theta.len().min(m.len()).min(v.len());
        let workspace = &mut self.workspace;
        assert!(shortest >= workspace.net.len() && team.count() <= workspace.staging.len(), "θ, m, v and team fit");
        let state = AdamState { theta: theta.as_mut_ptr(), m: m.as_mut_ptr(), v: v.as_mut_ptr() };
        workspace.claimed.iter_mut().for_each(|claimed| *claimed.0.get_mut() = 0);
        let pass = WeightPass { workspace, adam, state };
        team.run(&|thread, threads| pass.run(thread, threads));
    }
}
