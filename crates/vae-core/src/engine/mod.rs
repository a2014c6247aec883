//! The engines: implementations of the training step, and forward passes with the current parameters.
//!
//! | engine | file | computes with |
//! | --- | --- | --- |
//! | reference | `reference` | candle's tensors and autograd: any model, any objective |
//! | cpu | `cpu` | the fused kernels of [`vae_kernels`], on the CPU |
//! | cuda | `cuda` | the same on a GPU, several steps per launch |
//!
//! An engine stores θ and Adam's moments in its own order, and exports and loads them tensor by tensor in the plain
//! order of files. Only `net` depends on both the model and the kernels: it translates a model for the kernels, or
//! returns the reason why there is no fused form.
use std::fmt::Debug;

use vae_kernels::{Adam, Noise};

mod choose;
mod cpu;
pub mod cuda;
pub mod device;
pub mod forward;
mod net;
mod prior;
mod reference;

pub(crate) use choose::{EngineInputs, choose};
pub use net::step_flops;

use crate::base::error::Result;
use crate::data::batch::StepBatch;
use crate::nn::parameters::Slot;
use crate::objective::losses::Sums;
use crate::objective::weights::Weights;
use device::EngineInfo;
use forward::Forward;

/// Computes training steps.
pub trait Engine: Debug + Send {
    /// Computes the next step and updates θ; leaves θ unchanged if the loss is not finite. An engine may compute
    /// several steps at once and report them one at a time.
    ///
    /// # Errors
    /// Device errors.
    fn step(&mut self, steps: &dyn StepSource) -> Result<StepOutcome>;

    /// True if θ belongs to the last reported step and may be read.
    fn is_settled(&self) -> bool {
        true
    }

    /// Exports θ and both moments of Adam, tensor by tensor in the plain order.
    ///
    /// # Errors
    /// Device errors, and errors of the receiver.
    fn export(&self, receive: &mut Receive) -> Result<()>;

    /// Loads θ and both moments of a step, tensor by tensor in the plain order: `fill` writes the values of one tensor.
    ///
    /// # Errors
    /// Device errors, and errors of the source.
    fn load(&mut self, step: u64, fill: &mut Fill) -> Result<()>;

    /// State of the objective's own parameters, if it has any.
    ///
    /// # Errors
    /// Device errors.
    fn own(&self) -> Result<Vec<OwnTensor>> {
        Ok(Vec::new())
    }

    /// Loads the state of the objective's own parameters.
    ///
    /// # Errors
    /// [`Code::Checkpoint`](crate::Code::Checkpoint) if one is missing or of another shape.
    fn load_own(&mut self, _: &[OwnTensor]) -> Result<()> {
        Ok(())
    }

    /// Last step with θ known to be good, and θ at that step, in the plain order.
    ///
    /// # Errors
    /// Device errors.
    fn last_good(&self) -> Result<(u64, Vec<f32>)>;

    /// Forward passes with the current θ, shared rather than copied.
    fn forward(&self) -> &Forward;

    /// Engine and the reasons for choosing it, for the `start` event.
    fn info(&self) -> &EngineInfo;
}

/// Receives one part of one tensor.
pub type Receive<'a> = dyn FnMut(&Slot, StatePart, &[f32]) -> Result<()> + 'a;

/// Writes one part of one tensor.
pub type Fill<'a> = dyn FnMut(&Slot, StatePart, &mut [f32]) -> Result<()> + 'a;

/// State that training stores per parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatePart {
    /// θ itself.
    Theta,
    /// Adam's first moment m.
    FirstMoment,
    /// Adam's second moment v.
    SecondMoment,
}

impl StatePart {
    /// All parts, in file order.
    pub const ALL: [StatePart; 3] = [StatePart::Theta, StatePart::FirstMoment, StatePart::SecondMoment];
}

/// Parameter of the objective, with its moments.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnTensor {
    /// Name in the objective's layout.
    pub name: String,
    /// Shape.
    pub shape: Vec<usize>,
    /// Values, m and v.
    pub parts: [Vec<f32>; 3],
}

/// Inputs of the trainer's steps; each is a pure function of the step number and the trainer's state.
pub trait StepSource: Sync {
    /// Number of the next step, from 0.
    fn next(&self) -> u64;

    /// Number of steps that may be computed before the first is reported, at least 1.
    fn ahead(&self) -> u64;

    /// Examples of a step.
    fn batch(&self, step: u64) -> StepBatch<'_>;

    /// ε of a step.
    fn noise(&self, step: u64) -> Noise<'_>;

    /// Adam's constants of a step.
    fn adam(&self, step: u64) -> Adam;

    /// Weights of a step. `kl` computes the KL of its batch with the current θ, for adaptive rules.
    ///
    /// # Errors
    /// Errors of `kl`.
    fn weights(&self, step: u64, kl: &mut dyn FnMut() -> Result<f64>) -> Result<Weights>;
}

/// Result of one step, before its update.
#[derive(Debug, Clone, PartialEq)]
pub struct StepOutcome {
    /// Terms, summed over the step's examples.
    pub sums: Sums,
    /// Weights used for the gradient.
    pub weights: Weights,
}

impl StepOutcome {
    /// True if the loss is finite and θ was updated.
    pub fn is_finite(&self) -> bool {
        self.sums.losses(self.weights).is_finite()
    }
}

/// θ in the plain order.
///
/// # Errors
/// Engine errors.
pub fn theta(engine: &dyn Engine) -> Result<Vec<f32>> {
    let [theta, _, _] = parts(engine, &[StatePart::Theta])?;
    Ok(theta)
}

/// θ, m and v in the plain order; parts not in `wanted` are empty.
///
/// # Errors
/// Engine errors.
pub fn parts(engine: &dyn Engine, wanted: &[StatePart]) -> Result<[Vec<f32>; 3]> {
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    engine.export(&mut |_, part, values| {
        if wanted.contains(&part) {
            parts[part as usize].extend_from_slice(values);
        }
        Ok(())
    })?;
    Ok(parts)
}

/// Interval in steps at which an engine copies θ, the fallback when the loss stops being finite.
const KEEP_GOOD: u64 = 64;
