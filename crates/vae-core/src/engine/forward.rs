//! A network with its θ, ready to be evaluated: x → q(z|x), z → the decoder's output, and −log p(x|z), on row-major
//! slices of f32. Whatever looks at a model without training it goes through these three functions.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::Tensor;
use vae_kernels::{Inference, Team};

use crate::base::error::Result;
use crate::base::threads::Threads;
use crate::engine::cuda as gpu;
use crate::engine::device::Place;
use crate::model::network::Network;
use crate::model::posterior::Encoding;
use crate::nn::parameters::Parameters;
use crate::nn::real::values_f32;
use crate::options::compute::Compute;

/// Rows that go through a network at once: enough for every thread to have its part, few enough to stay in cache.
pub const ROWS: usize = 1024;

/// The layers and their θ. It shares θ with whoever trains it, and sees it as it stands.
///
/// Letters: n examples, L draws of each, D numbers in an example, d in a latent code.
#[derive(Debug, Clone)]
pub struct Forward {
    network: Network,
    parameters: Parameters,
    threads: Arc<Threads>,
    path: Path,
}

/// What computes.
#[derive(Debug, Clone)]
enum Path {
    Fused(Arc<Mutex<Inference>>),
    Gpu(Arc<Mutex<gpu::Inference>>),
    Reference,
}

impl Forward {
    /// These layers with these parameters, whose gradient is left alone.
    pub fn new(network: &Network, parameters: &Parameters, threads: &Arc<Threads>, compute: Compute) -> Self {
        let fused = compute.fused().ok().and_then(|isa| Inference::new(network.net(), isa, threads.count()));
        let path = fused.map_or(Path::Reference, |fused| Path::Fused(Arc::new(Mutex::new(fused))));
        Self { network: network.clone(), parameters: parameters.frozen(), threads: Arc::clone(threads), path }
    }

    /// The same at a place where the parameters lie.
    ///
    /// # Errors
    /// Those of a GPU.
    pub(crate) fn at(
        place: &Place,
        network: &Network,
        parameters: &Parameters,
        threads: &Arc<Threads>,
        compute: Compute,
    ) -> Result<Self> {
        let Place::Gpu(gpu) = place else { return Ok(Self::new(network, parameters, threads, compute)) };
        let parameters = parameters.frozen();
        let inference = match compute.reference {
            true => None,
            false => gpu::Inference::new(gpu, network.net(), parameters.theta())?,
        };
        let path = inference.map_or(Path::Reference, |inference| Path::Gpu(Arc::new(Mutex::new(inference))));
        Ok(Self { network: network.clone(), parameters, threads: Arc::clone(threads), path })
    }

    /// The layers.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The threads that compute.
    pub(crate) fn threads(&self) -> &Threads {
        &self.threads
    }

    /// θ.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// q(z|x).
    ///
    /// # Shapes
    /// x (n, D) → h, s (n, d)
    pub fn encode(&self, x: &[f32]) -> Result<Encoding> {
        let size = self.network.input();
        let n = x.len() / size;
        let latent = self.network.posterior();
        let mut h = vec![0.0; n * self.network.latent()];
        let mut s = self.network.has_spread().then(|| h.clone());
        let out = s.as_deref_mut().unwrap_or_default();
        match &self.path {
            Path::Fused(fused) => {
                self.compute(fused, |inference, team, theta| inference.encode(team, theta, x, &mut h, out))?;
                return Ok(Encoding { latent, h, s });
            }
            Path::Gpu(inference) => {
                locked(inference).encode(x, &mut h, out)?;
                return Ok(Encoding { latent, h, s });
            }
            Path::Reference => {}
        }
        let x = Tensor::from_slice(x, (n, size), self.parameters.theta().device())?;
        let posterior = self.threads.with_pool(|| self.network.encode(&x, &self.parameters))??;
        let s = posterior.s.as_ref().map(values_f32).transpose()?;
        Ok(Encoding { latent, h: values_f32(&posterior.h)?, s })
    }

    /// The parameters of p(x|z): logits, or the mean for the gaussian likelihood.
    ///
    /// # Shapes
    /// z (n, d) → (n, D)
    pub fn decode(&self, z: &[f32]) -> Result<Vec<f32>> {
        let d = self.network.latent();
        let n = z.len() / d;
        let mut out = vec![0.0; n * self.network.input()];
        match &self.path {
            Path::Fused(fused) => {
                self.compute(fused, |inference, team, theta| inference.decode(team, theta, z, &mut out))?;
                return Ok(out);
            }
            Path::Gpu(inference) => {
                locked(inference).decode(z, &mut out)?;
                return Ok(out);
            }
            Path::Reference => {}
        }
        let z = Tensor::from_slice(z, (n, d), self.parameters.theta().device())?;
        let out = self.threads.with_pool(|| self.network.decode(&z, &self.parameters))??;
        Ok(values_f32(&out)?)
    }

    /// −log p(x|z) of each code in nats, the constants included, summed in f64 over the dimensions of x.
    ///
    /// # Shapes
    /// z (n·L, d), x (n, D) → (n·L); row r of z belongs to row r / L of x
    pub fn reconstruction(&self, z: &[f32], x: &[f32]) -> Result<Vec<f64>> {
        let (likelihood, size) = (self.network.likelihood(), self.network.input());
        if z.is_empty() {
            return Ok(Vec::new());
        }
        let mut sums = vec![0.0; z.len() / self.network.latent()];
        let draws = sums.len() * size / x.len();
        match &self.path {
            Path::Fused(fused) => {
                self.compute(fused, |inference, team, theta| inference.terms(team, theta, z, x, draws, &mut sums))?;
            }
            Path::Gpu(inference) => locked(inference).terms(z, x, draws, &mut sums)?,
            Path::Reference => {
                let output = self.decode(z)?;
                sums = self.threads.with_pool(|| likelihood.term_sums(&output, x, size))?;
            }
        }
        let variance = self.parameters.lend(|theta| self.network.variance(theta))?;
        Ok(sums.into_iter().map(|sum| likelihood.negative_log_of(sum, size, variance)).collect())
    }

    fn compute<R>(
        &self,
        fused: &Mutex<Inference>,
        work: impl FnOnce(&mut Inference, &mut Team, &[f32]) -> R,
    ) -> Result<R> {
        let mut inference = locked(fused);
        self.parameters.lend(|theta| self.threads.with_team(|team| work(&mut inference, team, theta)))?
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
