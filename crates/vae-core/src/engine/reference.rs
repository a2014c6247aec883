//! The reference engine: the equations of the model and the objective on candle's tensors, differentiated by its
//! autograd. It supports any model with any objective, and is the oracle for the fused engines.
use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use vae_kernels::noise::fill_noise;
use vae_kernels::{Isa, Noise};

use super::cpu::{CpuPasses, SharedTheta};
use super::device::EngineInfo;
use super::forward::{Forward, Passes};
use super::net::FusedNet;
use super::{Engine, Fill, KEEP_GOOD, OwnTensor, Receive, StatePart, StepOutcome, StepSource};
use crate::base::error::{Code, Error, Result};
use crate::base::threads::{Threads, write};
use crate::data::batch::{BatchExamples, StepBatch};
use crate::model::pass::{Batch, Pass, Surroundings};
use crate::model::vae::Vae;
use crate::nn::ops::{values_f32, values_f64};
use crate::nn::parameters::{Layout, Slot, Vars};
use crate::objective::{Objective, Own, Terms};
use crate::optim::adam::{Adam, AdamOptions};

/// Computes steps with candle.
#[derive(Debug)]
pub(crate) struct ReferenceEngine {
    model: Vae,
    objective: Arc<dyn Objective>,
    vars: Vars,
    adam: Adam,
    own: Option<OwnState>,
    /// N, the number of examples in the training set.
    population: usize,
    good: (u64, Vec<f32>),
    threads: Arc<Threads>,
    forward: Forward,
    info: EngineInfo,
}

/// The objective's own parameters and their optimiser.
#[derive(Debug)]
struct OwnState {
    vars: Vars,
    adam: Adam,
    options: AdamOptions,
    learning_rate: f64,
}

impl OwnState {
    fn new(own: Own, device: &Device) -> Result<Self> {
        let Own { layout, initial, learning_rate, betas: (beta1, beta2) } = own;
        let options = AdamOptions { beta1, beta2, ..AdamOptions::default() };
        let vars = Vars::new(&layout, &initial, DType::F32, device)?;
        Ok(Self { vars, adam: Adam::new(&layout), options, learning_rate })
    }
}

impl ReferenceEngine {
    /// Creates an engine with this θ, in the plain order, and moments of 0.
    ///
    /// # Errors
    /// Device errors.
    pub(crate) fn new(
        (model, layout, theta): (&Vae, &Layout, &[f32]),
        objective: Arc<dyn Objective>,
        population: usize,
        device: &Device,
        threads: &Arc<Threads>,
        info: EngineInfo,
    ) -> Result<Self> {
        let vars = Vars::new(layout, theta, DType::F32, device)?;
        let own = objective.own().map(|own| OwnState::new(own, device)).transpose()?;
        Ok(Self {
            forward: Forward::with(model, threads, Arc::new(ReferencePasses::new(model, &vars, threads))),
            model: model.clone(),
            objective,
            vars,
            adam: Adam::new(layout),
            own,
            population,
            good: (0, theta.to_vec()),
            threads: Arc::clone(threads),
            info,
        })
    }

    /// Uses the CPU kernels for forward passes if they support this model.
    pub(crate) fn measured_by(mut self, net: &FusedNet, isa: Isa) -> Self {
        if let Some(passes) = CopyingPasses::new(net, isa, &self.vars, &self.threads) {
            self.forward = Forward::with(&self.model, &self.threads, Arc::new(passes));
        }
        self
    }

    /// Examples of a batch as tensors.
    fn batch(&self, batch: &StepBatch) -> candle_core::Result<Batch> {
        let b = batch.examples;
        let device = self.device();
        let x = Tensor::from_vec(batch.x(self.model.input()), (b, self.model.input()), device)?;
        let condition = batch.condition().map(|(values, c)| Tensor::from_vec(values, (b, c), device)).transpose()?;
        Ok(Batch { x, condition })
    }

    /// ε of a batch, (B·L, d).
    fn epsilon(&self, noise: Noise, examples: usize) -> candle_core::Result<Tensor> {
        let rows = examples * self.objective.draws();
        let d = self.model.latent();
        let mut epsilon = vec![0.0; rows * d];
        match noise {
            Noise::Given(values) => epsilon.copy_from_slice(values),
            Noise::Drawn(key, step) if self.model.has_scale() => {
                fill_noise(self.model.latent_space().family.noise(), key, step, 0, d, &mut epsilon);
            }
            Noise::Drawn(..) => {}
        }
        Tensor::from_vec(epsilon, (rows, d), self.device())
    }

    fn device(&self) -> &Device {
        self.vars.get(0).device()
    }

    /// Runs the forward pass, the backward pass and Adam on one batch.
    fn step_on(&mut self, steps: &dyn StepSource) -> Result<StepOutcome> {
        let number = steps.next();
        let step_batch = steps.batch(number);
        let batch = self.batch(&step_batch)?;
        let epsilon = self.epsilon(steps.noise(number), step_batch.examples)?;
        let second_batch = || match step_batch.source {
            BatchExamples::Shuffled(shuffled) => {
                self.batch(&StepBatch { source: BatchExamples::Shuffled(shuffled.second()), ..step_batch })
            }
            BatchExamples::Given(_) => candle_core::bail!("a batch that is given has no second one"),
        };
        let surroundings = Surroundings { population: self.population, second_batch: &second_batch };
        let objective = &*self.objective;
        let pass = Pass::new(&self.model, &self.vars, &batch, &epsilon, objective.holds_z(), &surroundings)?;
        let weights = steps.weights(number, &mut || Ok(objective.kl(&pass)?))?;
        let Terms { surrogate, own, sums } = objective.terms(&pass, weights, self.own.as_ref().map(|own| &own.vars))?;
        drop(pass);
        let outcome = StepOutcome { sums, weights };
        if !outcome.is_finite() {
            return Ok(outcome);
        }
        if number.is_multiple_of(KEEP_GOOD) {
            self.good = (number, self.vars.values()?);
        }
        // Both gradients are taken at θ before the step.
        let found = surrogate.backward()?;
        let found_own = own.map(|own| own.backward()).transpose()?;
        self.adam.update(&self.vars, &found, steps.adam(number))?;
        if let (Some(own), Some(found)) = (&mut self.own, found_own) {
            own.adam.update(&own.vars, &found, own.options.constants(own.learning_rate, number + 1))?;
        }
        Ok(outcome)
    }
}

impl Engine for ReferenceEngine {
    fn step(&mut self, steps: &dyn StepSource) -> Result<StepOutcome> {
        let threads = Arc::clone(&self.threads);
        threads.with_pool(|| self.step_on(steps))?
    }

    fn export(&self, receive: &mut Receive) -> Result<()> {
        for part in StatePart::ALL {
            for (index, slot) in self.vars.layout().slots().iter().enumerate() {
                let (m, v) = self.adam.moments(index);
                match part {
                    StatePart::Theta => receive(slot, part, &values_f32(self.vars.get(index))?)?,
                    StatePart::FirstMoment => receive(slot, part, m)?,
                    StatePart::SecondMoment => receive(slot, part, v)?,
                }
            }
        }
        Ok(())
    }

    fn load(&mut self, step: u64, fill: &mut Fill) -> Result<()> {
        for part in StatePart::ALL {
            for (index, slot) in self.vars.layout().slots().iter().enumerate() {
                let (m, v) = self.adam.moments_mut(index);
                match part {
                    StatePart::Theta => {
                        let mut theta = vec![0.0; slot.len()];
                        fill(slot, part, &mut theta)?;
                        self.vars.set(index, &theta)?;
                    }
                    StatePart::FirstMoment => fill(slot, part, m)?,
                    StatePart::SecondMoment => fill(slot, part, v)?,
                }
            }
        }
        self.good = (step, self.vars.values()?);
        Ok(())
    }

    fn own(&self) -> Result<Vec<OwnTensor>> {
        let Some(own) = &self.own else { return Ok(Vec::new()) };
        let tensor = |(index, slot): (usize, &Slot)| {
            let (m, v) = own.adam.moments(index);
            let parts = [values_f32(own.vars.get(index))?, m.to_vec(), v.to_vec()];
            Ok(OwnTensor { name: slot.name.clone(), shape: slot.shape.clone(), parts })
        };
        own.vars.layout().slots().iter().enumerate().map(tensor).collect()
    }

    fn load_own(&mut self, tensors: &[OwnTensor]) -> Result<()> {
        let Some(own) = &mut self.own else { return Ok(()) };
        let slots = own.vars.layout().slots().to_vec();
        for (index, slot) in slots.iter().enumerate() {
            let found = tensors.iter().find(|tensor| tensor.name == slot.name && tensor.shape == slot.shape);
            let Some(OwnTensor { parts: [values, m, v], .. }) = found else {
                return Err(Error::new(Code::Checkpoint, "the checkpoint lacks a part of the objective")
                    .expected(format!("{} {:?}", slot.name, slot.shape)));
            };
            own.vars.set(index, values)?;
            let (own_m, own_v) = own.adam.moments_mut(index);
            own_m.copy_from_slice(m);
            own_v.copy_from_slice(v);
        }
        Ok(())
    }

    fn last_good(&self) -> Result<(u64, Vec<f32>)> {
        Ok(self.good.clone())
    }

    fn forward(&self) -> &Forward {
        &self.forward
    }

    fn info(&self) -> &EngineInfo {
        &self.info
    }
}

/// Forward passes with candle, on the same θ.
#[derive(Debug)]
pub(super) struct ReferencePasses {
    model: Vae,
    vars: Vars,
    threads: Arc<Threads>,
}

impl ReferencePasses {
    /// Creates passes on this θ, detached from autograd.
    pub(super) fn new(model: &Vae, vars: &Vars, threads: &Arc<Threads>) -> Self {
        Self { model: model.clone(), vars: vars.detached(), threads: Arc::clone(threads) }
    }

    /// Tensor of n rows on the device of θ.
    fn rows(&self, values: &[f32], n: usize) -> candle_core::Result<Tensor> {
        Tensor::from_slice(values, (n, values.len() / n.max(1)), self.vars.get(0).device())
    }

    fn decoded(&self, z: &[f32], condition: Option<&[f32]>) -> candle_core::Result<Tensor> {
        let n = z.len() / self.model.latent();
        let condition = condition.map(|condition| self.rows(condition, n)).transpose()?;
        self.model.decode(&self.rows(z, n)?, condition.as_ref(), &self.vars)
    }
}

impl Passes for ReferencePasses {
    fn encode(&self, x: &[f32], condition: Option<&[f32]>, h: &mut [f32], s: &mut [f32]) -> Result<()> {
        let n = x.len() / self.model.input();
        let x = self.rows(x, n)?;
        let condition = condition.map(|condition| self.rows(condition, n)).transpose()?;
        let q = self.threads.with_pool(|| self.model.encode(&x, condition.as_ref(), &self.vars))??;
        h.copy_from_slice(&values_f32(&q.h)?);
        if let Some(found) = &q.s {
            s.copy_from_slice(&values_f32(found)?);
        }
        Ok(())
    }

    fn decode(&self, z: &[f32], condition: Option<&[f32]>, out: &mut [f32]) -> Result<()> {
        out.copy_from_slice(&values_f32(&self.threads.with_pool(|| self.decoded(z, condition))??)?);
        Ok(())
    }

    fn reconstruction(&self, z: &[f32], x: &[f32], condition: Option<&[f32]>, sums: &mut [f64]) -> Result<()> {
        let x = self.rows(x, x.len() / self.model.input())?;
        let terms = || self.model.reconstruction(&self.decoded(z, condition)?, &x, &self.vars);
        sums.copy_from_slice(&values_f64(&self.threads.with_pool(terms)??)?);
        Ok(())
    }

    fn vars(&self) -> Option<&Vars> {
        Some(&self.vars)
    }
}

/// Forward passes with the CPU kernels, on a copy of θ in their order, made before each pass: metrics measured while
/// the reference engine trains equal the trained model's bit for bit.
#[derive(Debug)]
struct CopyingPasses {
    vars: Vars,
    net: FusedNet,
    copy: SharedTheta,
    passes: CpuPasses,
}

impl CopyingPasses {
    fn new(net: &FusedNet, isa: Isa, vars: &Vars, threads: &Arc<Threads>) -> Option<Self> {
        let copy = SharedTheta::default();
        let passes = CpuPasses::new(net, isa, &copy, threads)?;
        Some(Self { vars: vars.detached(), net: net.clone(), copy, passes })
    }

    fn passes(&self) -> Result<&CpuPasses> {
        *write(&self.copy) = self.net.to_kernels(&self.vars.values()?);
        Ok(&self.passes)
    }
}

impl Passes for CopyingPasses {
    fn encode(&self, x: &[f32], condition: Option<&[f32]>, h: &mut [f32], s: &mut [f32]) -> Result<()> {
        self.passes()?.encode(x, condition, h, s)
    }

    fn decode(&self, z: &[f32], condition: Option<&[f32]>, out: &mut [f32]) -> Result<()> {
        self.passes()?.decode(z, condition, out)
    }

    fn reconstruction(&self, z: &[f32], x: &[f32], condition: Option<&[f32]>, sums: &mut [f64]) -> Result<()> {
        self.passes()?.reconstruction(z, x, condition, sums)
    }
}
