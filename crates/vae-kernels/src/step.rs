//! One training step: forward, the bound, backward and Adam, in two pieces of work for a team of threads.
//!
//! The first piece splits the *batch*: every thread takes its panels of 16 examples through all layers and back, so
//! that nothing has to be shared on the way. The second splits the *weights*: the gradient of each is summed over the
//! whole batch by one thread and goes straight into Adam. Each number has one order of summation, so the result does
//! not depend on who computed what.
use crate::adam::{Adam, State};
use crate::batch_pass::BatchPass;
use crate::elementary::exp;
use crate::inputs::{Inputs, Terms};
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
    /// Room for batches of up to `examples` with L = `draws`, computed at the level `isa` by up to `threads`. With
    /// `sparse`, zeros of the data are left out of the sums over them, which does not change a bit of any result.
    ///
    /// `None` if a matrix has 2³² numbers or more, or θ up to the end of the encoder.
    ///
    /// # Panics
    /// If the layers do not fit onto each other or overlap in θ, or the CPU does not offer the level.
    pub fn new(net: Net, examples: usize, draws: usize, sparse: bool, isa: Isa, threads: usize) -> Option<Self> {
        Workspace::new(net, examples, draws, sparse, isa, threads).map(|workspace| Self { workspace })
    }

    /// Bytes of memory that it holds.
    pub fn bytes(&self) -> usize {
        self.workspace.bytes()
    }

    /// The first half of a step: both terms of the bound and the gradients of all layers' outputs, from which
    /// [`Step::update`] makes those of the weights. The reconstruction comes without the likelihood's constant.
    ///
    /// # Panics
    /// If there are more examples than the step was made for, or more threads, or fewer numbers in θ.
    pub fn backward(&mut self, team: &mut Team, inputs: &Inputs, theta: &[f32]) -> Terms {
        let workspace = &mut self.workspace;
        assert!(inputs.examples <= workspace.room && team.count() <= workspace.reading.len(), "as much as was said");
        assert!(theta.len() >= workspace.net.len(), "θ is that of the layers");
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

    /// The second half: Adam on θ and its moments m and v.
    ///
    /// # Panics
    /// If there are fewer numbers in one of them than the layers have, or more threads than the step was made for.
    pub fn update(&mut self, team: &mut Team, adam: Adam, theta: &mut [f32], m: &mut [f32], v: &mut [f32]) {
        let shortest = theta.len().min(m.len()).min(v.len());
        let workspace = &mut self.workspace;
        assert!(shortest >= workspace.net.len() && team.count() <= workspace.reading.len(), "as much as was said");
        let state = State { theta: theta.as_mut_ptr(), m: m.as_mut_ptr(), v: v.as_mut_ptr() };
        workspace.taken.iter_mut().for_each(|taken| *taken.0.get_mut() = 0);
        let pass = WeightPass { workspace, adam, state };
        team.run(&|thread, threads| pass.run(thread, threads));
    }
}
