//! A network with its θ, ready to be evaluated: x → q(z|x), z → the decoder's output, and −log p(x|z), on row-major
//! slices of f32. Whatever looks at a model without training it goes through these three functions.
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::DType;
use vae_kernels::{Inference, Team};

use crate::compute::Compute;
use crate::error::Result;
use crate::network::Network;
use crate::parameters::Parameters;
use crate::posterior::Encoding;
use crate::real::{tensor, values_f32};
use crate::threads::Threads;

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
    /// The fused path, unless the reference path computes.
    fused: Option<Arc<Mutex<Inference>>>,
}

impl Forward {
    /// These layers with these parameters, whose gradient is left alone.
    pub fn new(network: &Network, parameters: &Parameters, threads: &Arc<Threads>, compute: Compute) -> Self {
        let fused = compute.fused().ok().and_then(|isa| Inference::new(network.net(), isa, threads.count()));
        Self {
            network: network.clone(),
            parameters: parameters.frozen(),
            threads: Arc::clone(threads),
            fused: fused.map(|inference| Arc::new(Mutex::new(inference))),
        }
    }

    /// The layers.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// θ.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// q(z|x).
    ///
    /// # Shapes
    /// x (n, D) → mean, log_var (n, d)
    pub fn encode(&self, x: &[f32]) -> Result<Encoding> {
        let size = self.network.input();
        let n = x.len() / size;
        if let Some(fused) = &self.fused {
            let mut mean = vec![0.0; n * self.network.latent()];
            let mut log_var = self.network.has_variance().then(|| mean.clone());
            let out = log_var.as_deref_mut().unwrap_or_default();
            self.compute(fused, |inference, team, theta| inference.encode(team, theta, x, &mut mean, out))?;
            return Ok(Encoding { mean, log_var });
        }
        let x = tensor(x.to_vec(), (n, size), DType::F32)?;
        let posterior = self.threads.with_pool(|| self.network.encode(&x, &self.parameters))??;
        let log_var = posterior.log_var.as_ref().map(values_f32).transpose()?;
        Ok(Encoding { mean: values_f32(&posterior.mean)?, log_var })
    }

    /// The parameters of p(x|z): logits, or the mean for the gaussian likelihood.
    ///
    /// # Shapes
    /// z (n, d) → (n, D)
    pub fn decode(&self, z: &[f32]) -> Result<Vec<f32>> {
        let d = self.network.latent();
        let n = z.len() / d;
        if let Some(fused) = &self.fused {
            let mut out = vec![0.0; n * self.network.input()];
            self.compute(fused, |inference, team, theta| inference.decode(team, theta, z, &mut out))?;
            return Ok(out);
        }
        let z = tensor(z.to_vec(), (n, d), DType::F32)?;
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
        let sums = match &self.fused {
            Some(fused) => {
                let mut sums = vec![0.0; z.len() / self.network.latent()];
                let draws = sums.len() * size / x.len();
                self.compute(fused, |inference, team, theta| inference.terms(team, theta, z, x, draws, &mut sums))?;
                sums
            }
            None => {
                let output = self.decode(z)?;
                self.threads.with_pool(|| likelihood.term_sums(&output, x, size))?
            }
        };
        let variance = self.parameters.lend(|theta| self.network.variance(theta))?;
        Ok(sums.into_iter().map(|sum| likelihood.negative_log_of(sum, size, variance)).collect())
    }

    fn compute<R>(
        &self,
        fused: &Mutex<Inference>,
        work: impl FnOnce(&mut Inference, &mut Team, &[f32]) -> R,
    ) -> Result<R> {
        let mut inference = fused.lock().unwrap_or_else(PoisonError::into_inner);
        self.parameters.lend(|theta| self.threads.with_team(|team| work(&mut inference, team, theta)))?
    }
}
