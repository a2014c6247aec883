//! Engine on the CPU kernels: stores θ and both moments in their order, in its own memory.
use std::sync::{Arc, Mutex, RwLock};

use vae_kernels::{Inference, Inputs, Isa, Step, Team};

use super::device::EngineInfo;
use super::forward::{Forward, Passes};
use super::net::FusedNet;
use super::{Engine, Fill, KEEP_GOOD, Receive, StatePart, StepOutcome, StepSource};
use crate::base::error::Result;
use crate::base::threads::{Threads, locked, read, write};
use crate::model::vae::Vae;

/// θ, shared with evaluation during training.
pub(crate) type SharedTheta = Arc<RwLock<Vec<f32>>>;

/// Computes steps with the kernels of [`vae_kernels`].
#[derive(Debug)]
pub(crate) struct CpuEngine {
    net: FusedNet,
    step: Step,
    theta: SharedTheta,
    m: Vec<f32>,
    v: Vec<f32>,
    /// Last step with θ known to be good, and θ at that step.
    good: (u64, Vec<f32>),
    threads: Arc<Threads>,
    forward: Forward,
    info: EngineInfo,
}

/// Sizes of a step and how to compute it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepSize {
    /// Maximum examples per batch.
    pub(crate) examples: usize,
    /// L.
    pub(crate) draws: usize,
    /// True if the kernels skip zeros of the data.
    pub(crate) sparse: bool,
    /// The SIMD level.
    pub(crate) isa: Isa,
}

impl CpuEngine {
    /// Creates an engine with all parameters at 0; `None` if the model has a matrix of 2³² numbers or more.
    pub(crate) fn new(
        model: &Vae,
        net: FusedNet,
        size: StepSize,
        threads: &Arc<Threads>,
        info: EngineInfo,
    ) -> Option<Self> {
        let StepSize { examples, draws, sparse, isa } = size;
        let step = Step::new(net.net.clone(), examples, draws, sparse, isa, threads.count())?;
        let zeros = || vec![0.0; net.layout.len()];
        let theta = Arc::new(RwLock::new(zeros()));
        let forward = Forward::with(model, threads, Arc::new(CpuPasses::new(&net, isa, &theta, threads)?));
        let threads = Arc::clone(threads);
        Some(Self { step, theta, m: zeros(), v: zeros(), good: (0, zeros()), net, threads, forward, info })
    }
}

impl Engine for CpuEngine {
    fn step(&mut self, steps: &dyn StepSource) -> Result<StepOutcome> {
        let number = steps.next();
        let batch = steps.batch(number);
        let forward = &self.forward;
        let mut kl = || kl_of(forward, &batch.x(forward.model().input()), batch.examples);
        let weights = steps.weights(number, &mut kl)?;
        let inputs = Inputs { batch: &batch, examples: batch.examples, noise: steps.noise(number), beta: weights.beta };
        let mut theta = write(&self.theta);
        let terms = self.threads.with_team(|team| self.step.backward(team, &inputs, &theta))?;
        let parameter = self.net.net.log_variance.map(|at| f64::from(theta[at]));
        let outcome = StepOutcome { sums: self.net.sums(terms, batch.examples, parameter), weights };
        if !outcome.is_finite() {
            return Ok(outcome);
        }
        if number.is_multiple_of(KEEP_GOOD) {
            self.good.0 = number;
            self.good.1.copy_from_slice(&theta);
        }
        let step = &mut self.step;
        let m = &mut self.m;
        let v = &mut self.v;
        self.threads.with_team(|team| step.update(team, steps.adam(number), &mut theta, m, v))?;
        Ok(outcome)
    }

    fn export(&self, receive: &mut Receive) -> Result<()> {
        let theta = read(&self.theta);
        let mut plain = Vec::new();
        for (part, values) in StatePart::ALL.into_iter().zip([&*theta, &self.m, &self.v]) {
            for slot in self.net.layout.slots() {
                self.net.plain(slot, values, &mut plain);
                receive(slot, part, &plain)?;
            }
        }
        Ok(())
    }

    fn load(&mut self, step: u64, fill: &mut Fill) -> Result<()> {
        let mut theta = write(&self.theta);
        let mut plain = Vec::new();
        for (part, values) in StatePart::ALL.into_iter().zip([&mut *theta, &mut self.m, &mut self.v]) {
            for slot in self.net.layout.slots() {
                plain.clear();
                plain.resize(slot.len(), 0.0);
                fill(slot, part, &mut plain)?;
                self.net.set(slot, &plain, values);
            }
        }
        self.good.0 = step;
        self.good.1.copy_from_slice(&theta);
        Ok(())
    }

    fn last_good(&self) -> Result<(u64, Vec<f32>)> {
        Ok((self.good.0, self.net.to_plain(&self.good.1)))
    }

    fn forward(&self) -> &Forward {
        &self.forward
    }

    fn info(&self) -> &EngineInfo {
        &self.info
    }
}

/// KL of a batch x (B, D) with the current θ, mean over its examples.
pub(super) fn kl_of(forward: &Forward, x: &[f32], examples: usize) -> Result<f64> {
    Ok(forward.encode(x, None)?.kl().iter().sum::<f64>() / examples as f64)
}

/// Forward passes with the same kernels, on the same θ.
#[derive(Debug)]
pub(super) struct CpuPasses {
    net: FusedNet,
    inference: Mutex<Inference>,
    theta: SharedTheta,
    threads: Arc<Threads>,
}

impl CpuPasses {
    /// Creates passes on this θ, in the order of the kernels; `None` if the model has a matrix of 2³² numbers or more.
    pub(super) fn new(net: &FusedNet, isa: Isa, theta: &SharedTheta, threads: &Arc<Threads>) -> Option<Self> {
        let inference = Mutex::new(Inference::new(net.net.clone(), isa, threads.count())?);
        Some(Self { net: net.clone(), inference, theta: Arc::clone(theta), threads: Arc::clone(threads) })
    }

    fn compute<R>(&self, work: impl FnOnce(&mut Inference, &mut Team, &[f32]) -> R) -> Result<R> {
        let mut inference = locked(&self.inference);
        let theta = read(&self.theta);
        self.threads.with_team(|team| work(&mut inference, team, &theta))
    }
}

impl Passes for CpuPasses {
    fn encode(&self, x: &[f32], _: Option<&[f32]>, h: &mut [f32], s: &mut [f32]) -> Result<()> {
        self.compute(|inference, team, theta| inference.encode(team, theta, x, h, s))
    }

    fn decode(&self, z: &[f32], _: Option<&[f32]>, out: &mut [f32]) -> Result<()> {
        self.compute(|inference, team, theta| inference.decode(team, theta, z, out))
    }

    fn reconstruction(&self, z: &[f32], x: &[f32], _: Option<&[f32]>, sums: &mut [f64]) -> Result<()> {
        let draws = sums.len() * self.net.net.input() / x.len();
        let variance = self.compute(|inference, team, theta| {
            inference.terms(team, theta, z, x, draws, sums);
            self.net.variance(theta)
        })?;
        sums.iter_mut().for_each(|sum| *sum = self.net.negative_log(*sum, variance));
        Ok(())
    }
}
