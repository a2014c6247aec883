//! The engines: the ways to compute a training step, and forward passes of a model as it stands.
//!
//! | engine | file | computes with |
//! | --- | --- | --- |
//! | reference | `reference` | candle's tensors and autograd: any model, any objective |
//! | cpu | `cpu` | the fused kernels of [`vae_kernels`], on the CPU |
//! | cuda | `cuda` | the same on a GPU, several steps a launch |
//!
//! An engine keeps θ and Adam's moments in an order of its own and hands them out, and takes them, tensor by tensor in the
//! plain order of files. `net` alone knows both the model and the kernels: it translates the one for the other, or says
//! why there is no fused form.
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

/// One way to compute steps.
pub trait Engine: Debug + Send {
    /// Computes the next step and updates θ, unless the loss is not finite: then θ stays as it was. An engine may compute
    /// several steps at once and report them one by one.
    ///
    /// # Errors
    /// Those of a device.
    fn step(&mut self, steps: &dyn StepSource) -> Result<Outcome>;

    /// Whether θ is that of the last step reported, and may be read.
    fn is_settled(&self) -> bool {
        true
    }

    /// Hands out θ and both moments of Adam, tensor by tensor in the plain order.
    ///
    /// # Errors
    /// Those of a device, and of the receiver.
    fn export(&self, receive: &mut Receive) -> Result<()>;

    /// Takes θ and both moments as they stood at a step, tensor by tensor in the plain order: `fill` writes the values of one.
    ///
    /// # Errors
    /// Those of a device, and of the source.
    fn load(&mut self, step: u64, fill: &mut Fill) -> Result<()>;

    /// The state of the objective's own parameters, if it has any.
    ///
    /// # Errors
    /// Those of a device.
    fn own(&self) -> Result<Vec<OwnTensor>> {
        Ok(Vec::new())
    }

    /// Takes the state of the objective's own parameters.
    ///
    /// # Errors
    /// [`Code::Checkpoint`](crate::Code::Checkpoint) if one is missing or of another shape.
    fn load_own(&mut self, _: &[OwnTensor]) -> Result<()> {
        Ok(())
    }

    /// A step at which θ is known to have been good, and θ then, in the plain order.
    ///
    /// # Errors
    /// Those of a device.
    fn last_good(&self) -> Result<(u64, Vec<f32>)>;

    /// Forward passes on θ as it stands, shared and not copied.
    fn forward(&self) -> &Forward;

    /// The engine and its reasons, for the `start` event.
    fn info(&self) -> &EngineInfo;
}

/// Receives one part of one tensor.
pub type Receive<'a> = dyn FnMut(&Slot, Part, &[f32]) -> Result<()> + 'a;

/// Writes one part of one tensor.
pub type Fill<'a> = dyn FnMut(&Slot, Part, &mut [f32]) -> Result<()> + 'a;

/// The numbers that training keeps of each parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// θ itself.
    Theta,
    /// Adam's first moment m.
    FirstMoment,
    /// Adam's second moment v.
    SecondMoment,
}

impl Part {
    /// All of them, in the order of files.
    pub const ALL: [Part; 3] = [Part::Theta, Part::FirstMoment, Part::SecondMoment];
}

/// One of the objective's own parameters with its moments.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnTensor {
    /// Its name in the objective's layout.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Values, m and v.
    pub parts: [Vec<f32>; 3],
}

/// The steps that a trainer asks for; each is a pure function of its number and of the trainer's state.
pub trait StepSource: Sync {
    /// The number of the next step, from 0.
    fn next(&self) -> u64;

    /// How many steps may be computed before the first of them is reported, at least 1.
    fn ahead(&self) -> u64;

    /// The examples of a step.
    fn batch(&self, step: u64) -> StepBatch<'_>;

    /// ε of a step.
    fn noise(&self, step: u64) -> Noise<'_>;

    /// Adam's constants of a step.
    fn adam(&self, step: u64) -> Adam;

    /// The weights of a step. `kl` computes the KL of its batch as θ stands, for a rule that asks.
    ///
    /// # Errors
    /// Those of `kl`.
    fn weights(&self, step: u64, kl: &mut dyn FnMut() -> Result<f64>) -> Result<Weights>;
}

/// What one step found, before its update.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The terms, summed over its examples.
    pub sums: Sums,
    /// The weights that they were followed with.
    pub weights: Weights,
}

impl Outcome {
    /// Whether the loss is a number, and θ was updated.
    pub fn is_finite(&self) -> bool {
        self.sums.losses(self.weights).is_finite()
    }
}

/// θ in the plain order.
///
/// # Errors
/// Those of the engine.
pub fn theta(engine: &dyn Engine) -> Result<Vec<f32>> {
    let [theta, _, _] = parts(engine, &[Part::Theta])?;
    Ok(theta)
}

/// θ, m and v in the plain order, those of `wanted`; the others are empty.
///
/// # Errors
/// Those of the engine.
pub fn parts(engine: &dyn Engine, wanted: &[Part]) -> Result<[Vec<f32>; 3]> {
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    engine.export(&mut |_, part, values| {
        if wanted.contains(&part) {
            parts[part as usize].extend_from_slice(values);
        }
        Ok(())
    })?;
    Ok(parts)
}

/// After this many steps an engine keeps a copy of θ, to fall back on when the loss stops being finite.
const KEEP_GOOD: u64 = 64;
