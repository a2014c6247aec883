//! Marginal likelihood of an example by importance sampling (Burda et al. 2016, eq. 8):
//!
//! ```text
//! log p(x) ≥ log 1/K Σ_k w_k,   w_k = p(x|z_k)·p(z_k)/q(z_k|x),   z_k ~ q(z|x)
//! ```
//!
//! With K = 1 its expectation is the ELBO; it rises with K towards log p(x), so K is always reported with it.
use vae_kernels::noise::{Key, Stream};

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Error, Result};
use crate::data::Dataset;
use crate::data::batch::repeated;
use crate::engine::forward::ROWS_PER_PASS;
use crate::infer::vae::{Encoded, TrainedVae};
use crate::model::noise::noise;
use crate::model::posterior::Family;

/// Importance-weighted bound of each example, with statistics.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLikelihood {
    /// Bound of each example, nats.
    pub per_example: Vec<f64>,
    /// Mean over the examples.
    pub mean: f64,
    /// Standard error of the mean over the examples.
    pub standard_error: f64,
    /// K.
    pub samples: usize,
    /// True if p(x|z) is a normalised density of these data. False for grey values under a bernoulli and for a squared
    /// error: then the numbers compare models, but are no log-likelihood.
    pub normalised: bool,
}

impl TrainedVae {
    /// Computes the importance-weighted bound with K = `samples` draws per example.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) for a deterministic posterior, which has no density for the weights.
    pub fn log_likelihood(
        &self,
        data: &Dataset,
        samples: usize,
        seed: u64,
        token: &CancelToken,
    ) -> Result<LogLikelihood> {
        if self.metadata().options.posterior == Family::Deterministic {
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
        // Enough examples per batch to fill the decoder with all their draws.
        let together = (ROWS_PER_PASS / samples).max(1);
        let key = Key::new(seed, Stream::Posterior);
        self.batches(data, Some(together), token, |batch| {
            per_example.extend(self.importance_bounds(&batch, samples, key, token)?);
            binary = binary && batch.x.iter().all(|&x| x == 0.0 || x == 1.0);
            Ok(())
        })?;
        let n = per_example.len() as f64;
        let mean = per_example.iter().sum::<f64>() / n;
        let variance = per_example.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        let normalised = self.model().likelihood().is_normalised(binary);
        Ok(LogLikelihood { per_example, mean, standard_error: (variance / n).sqrt(), samples, normalised })
    }

    /// log 1/K Σ_k w_k of each example in the batch.
    fn importance_bounds(&self, batch: &Encoded, samples: usize, key: Key, token: &CancelToken) -> Result<Vec<f64>> {
        let Encoded { examples, x, condition, encoding } = batch;
        let d = self.model().latent();
        let family = encoding.latent.family;
        let mut sums = vec![LogSumExp::default(); examples.len()];
        for first in (0..samples).step_by(ROWS_PER_PASS) {
            token.check()?;
            let draws = first..samples.min(first + ROWS_PER_PASS);
            let epsilon = noise(family, key, examples.clone(), draws.clone(), d);
            let z = encoding.sample(&epsilon, d);
            let log_ratio = self.forward().log_ratio(encoding, &epsilon, *condition)?;
            let condition = repeated(*condition, self.metadata().condition, draws.len());
            let reconstruction = self.forward().reconstruction(&z, x, condition.as_deref())?;
            for (row, (log_ratio, reconstruction)) in log_ratio.iter().zip(reconstruction).enumerate() {
                sums[row / draws.len()].add(log_ratio - reconstruction);
            }
        }
        Ok(sums.iter().map(|sum| sum.value() - (samples as f64).ln()).collect())
    }
}

/// Running log Σ exp aᵢ, without overflow.
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
