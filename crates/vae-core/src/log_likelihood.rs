//! The marginal likelihood of an example by importance sampling (Burda et al. 2016, eq. 8):
//!
//! ```text
//! log p(x) ≥ log 1/K Σ_k w_k,   w_k = p(x|z_k)·p(z_k)/q(z_k|x),   z_k ~ q(z|x)
//! ```
//!
//! With K = 1 its expectation is the ELBO; it rises with K towards log p(x). K is always reported with it.
use candle_core::{DType, Tensor};
use vae_kernels::noise::{Key, Stream, normals};

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::likelihood::Likelihood;
use crate::posterior::{Family, Posterior};
use crate::real::{tensor, values_f64};
use crate::task::Task;
use crate::vae::Vae;

/// Rows that go through the decoder at once.
const ROWS: usize = 1024;

/// The importance-weighted bound of each example, and what it amounts to.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLikelihood {
    /// The bound of each example, nats.
    pub per_example: Vec<f64>,
    /// Its mean over the examples.
    pub mean: f64,
    /// The standard error of that mean over the examples.
    pub standard_error: f64,
    /// K.
    pub samples: usize,
    /// Is p(x|z) a normalised density of these data? Not for grey values under a bernoulli, nor for a squared error:
    /// then the numbers compare models, but are no log-likelihood.
    pub normalised: bool,
}

impl Vae {
    /// The importance-weighted bound with K = `samples` draws for each example.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) for a deterministic posterior, which has no density to weigh by.
    pub fn log_likelihood(&self, data: &Dataset, samples: usize, seed: u64, task: &Task) -> Result<LogLikelihood> {
        if self.card().options.posterior == Family::Deterministic {
            return Err(Error::option("posterior")
                .expected("'gaussian', as importance weights need a density")
                .received("'deterministic'")
                .remedy("evaluate() measures an autoencoder"));
        }
        if samples == 0 {
            return Err(Error::option("samples").expected("a whole number from 1 up").received(0));
        }
        let mut per_example = Vec::with_capacity(data.len());
        let mut binary = true;
        self.batches(data, None, task, |x, posterior| {
            for row in 0..x.dim(0)? {
                task.check()?;
                let x = x.narrow(0, row, 1)?;
                let log_var = posterior.log_var.as_ref().map(|s| s.narrow(0, row, 1)).transpose()?;
                let posterior = Posterior { mean: posterior.mean.narrow(0, row, 1)?, log_var };
                per_example.push(self.importance_bound(&x, &posterior, per_example.len(), samples, seed, task)?);
                binary = binary && values_f64(&x)?.iter().all(|&x| x == 0.0 || x == 1.0);
            }
            Ok(())
        })?;
        let n = per_example.len() as f64;
        let mean = per_example.iter().sum::<f64>() / n;
        let variance = per_example.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        let normalised = match self.network().likelihood() {
            Likelihood::Bernoulli => binary,
            Likelihood::SquaredError => false,
            Likelihood::Gaussian(_) => true,
        };
        Ok(LogLikelihood { per_example, mean, standard_error: (variance / n).sqrt(), samples, normalised })
    }

    /// log 1/K Σ_k w_k of one example.
    fn importance_bound(
        &self,
        x: &Tensor,
        posterior: &Posterior,
        example: usize,
        samples: usize,
        seed: u64,
        task: &Task,
    ) -> Result<f64> {
        let d = self.network().latent();
        let key = Key::new(seed, Stream::Posterior);
        let log_var = posterior.log_var.as_ref().map(values_f64).transpose()?.unwrap_or_default();
        let mut sum = LogSumExp::default();
        for first in (0..samples).step_by(ROWS) {
            task.check()?;
            let rows = ROWS.min(samples - first);
            let mut epsilon = vec![0.0; rows * d];
            for (row, values) in epsilon.chunks_exact_mut(d).enumerate() {
                normals(key, example as u64, (first + row) as u32, values);
            }
            let z = posterior.sample(&tensor(epsilon.clone(), (rows, d), DType::F32)?)?;
            let output = self.network().decode(&z, self.parameters())?;
            let reconstruction = values_f64(&self.network().reconstruction(&output, x, self.parameters())?)?;
            let z = values_f64(&z)?;
            for ((z, e), reconstruction) in z.chunks(d).zip(epsilon.chunks(d)).zip(reconstruction) {
                // log p(z) − log q(z|x) = ½ Σ (ε² + ln σ² − z²): the constants cancel.
                let terms = z.iter().zip(e).zip(&log_var);
                let ratio: f64 = terms.map(|((z, &e), s)| 0.5 * (f64::from(e).powi(2) + s - z * z)).sum();
                sum.add(ratio - reconstruction);
            }
        }
        Ok(sum.value() - (samples as f64).ln())
    }
}

/// log Σ exp aᵢ, one a at a time, without overflow.
#[derive(Debug)]
struct LogSumExp {
    largest: f64,
    sum: f64,
}

impl Default for LogSumExp {
    fn default() -> Self {
        Self { largest: f64::NEG_INFINITY, sum: 0.0 }
    }
}

impl LogSumExp {
    fn add(&mut self, a: f64) {
        if a <= self.largest {
            self.sum += (a - self.largest).exp();
        } else {
            self.sum = self.sum * (self.largest - a).exp() + 1.0;
            self.largest = a;
        }
    }

    fn value(&self) -> f64 {
        self.largest + self.sum.ln()
    }
}
