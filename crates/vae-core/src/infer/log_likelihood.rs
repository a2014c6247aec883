//! The marginal likelihood of an example by importance sampling (Burda et al. 2016, eq. 8):
//!
//! ```text
//! log p(x) ≥ log 1/K Σ_k w_k,   w_k = p(x|z_k)·p(z_k)/q(z_k|x),   z_k ~ q(z|x)
//! ```
//!
//! With K = 1 its expectation is the ELBO; it rises with K towards log p(x). K is always reported with it.
use vae_kernels::noise::{Key, Stream};

use crate::base::error::{Error, Result};
use crate::base::task::Task;
use crate::data::Dataset;
use crate::data::batch::repeated;
use crate::engine::forward::ROWS;
use crate::infer::vae::{Encoded, Vae};
use crate::model::noise::noise;
use crate::model::posterior::Family;

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
                .expected("one with a density, as importance weights need it")
                .received("'deterministic'")
                .remedy("evaluate() measures an autoencoder"));
        }
        if samples == 0 {
            return Err(Error::option("samples").expected("a whole number from 1 up").received(0));
        }
        let mut per_example = Vec::with_capacity(data.len());
        let mut binary = true;
        // As many examples at once as keep the decoder busy with all their draws.
        let together = (ROWS / samples).max(1);
        let key = Key::new(seed, Stream::Posterior);
        self.batches(data, Some(together), task, |batch| {
            per_example.extend(self.importance_bounds(&batch, samples, key, task)?);
            binary = binary && batch.x.iter().all(|&x| x == 0.0 || x == 1.0);
            Ok(())
        })?;
        let n = per_example.len() as f64;
        let mean = per_example.iter().sum::<f64>() / n;
        let variance = per_example.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        let normalised = self.model().likelihood().is_normalised(binary);
        Ok(LogLikelihood { per_example, mean, standard_error: (variance / n).sqrt(), samples, normalised })
    }

    /// log 1/K Σ_k w_k of each of these examples.
    fn importance_bounds(&self, batch: &Encoded, samples: usize, key: Key, task: &Task) -> Result<Vec<f64>> {
        let Encoded { examples, x, condition, encoding } = batch;
        let d = self.model().latent();
        let family = encoding.latent.family;
        let mut sums = vec![LogSumExp::default(); examples.len()];
        for first in (0..samples).step_by(ROWS) {
            task.check()?;
            let draws = first..samples.min(first + ROWS);
            let epsilon = noise(family, key, examples.clone(), draws.clone(), d);
            let z = encoding.sample(&epsilon, d);
            let log_ratio = self.forward().log_ratio(encoding, &epsilon, *condition)?;
            let condition = repeated(*condition, self.card().condition, draws.len());
            let reconstruction = self.forward().reconstruction(&z, x, condition.as_deref())?;
            for (row, (log_ratio, reconstruction)) in log_ratio.iter().zip(reconstruction).enumerate() {
                sums[row / draws.len()].add(log_ratio - reconstruction);
            }
        }
        Ok(sums.iter().map(|sum| sum.value() - (samples as f64).ln()).collect())
    }
}

/// log Σ exp aᵢ, one a at a time, without overflow.
#[derive(Debug, Clone)]
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
