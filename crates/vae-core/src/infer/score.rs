//! Anomaly scores of examples; for every score, higher is more anomalous.
//!
//! The usual choice is the reconstruction. A high likelihood alone does not make an example normal: deep models can
//! assign outliers a higher one (Nalisnick et al. 2019), so the score is an option.
use serde_json::{Value, json};
use vae_kernels::noise::{Key, Stream};

use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::data::Dataset;
use crate::infer::vae::{Encoded, TrainedVae};
use crate::model::noise::noise;

/// Measure of the anomaly of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScoreBy {
    /// −log p(x|z) at z = μ.
    #[default]
    Reconstruction,
    /// −log p(x|z) at z = μ, plus the KL term: the negative ELBO without sampling noise.
    Elbo,
    /// KL term: divergence of the example's posterior from the prior.
    Kl,
    /// Negative importance-weighted bound with this number of draws.
    LogLikelihood(usize),
}

impl ScoreBy {
    /// Value of the option, as JSON.
    pub fn to_json(self) -> Value {
        match self {
            ScoreBy::Reconstruction => json!("reconstruction"),
            ScoreBy::Elbo => json!("elbo"),
            ScoreBy::Kl => json!("kl"),
            ScoreBy::LogLikelihood(samples) => json!({ "logLikelihood": samples }),
        }
    }
}

/// Scores per example and, on request, per value.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Measure used.
    pub by: ScoreBy,
    /// One score per example, nats.
    pub per_example: Vec<f32>,
    /// Contribution of each value of x to −log p(x|z) at z = μ, (n, D).
    pub map: Option<Vec<f32>>,
}

impl TrainedVae {
    /// Scores each example; `map` also locates the reconstruction error within the example.
    ///
    /// # Errors
    /// Same as [`TrainedVae::log_likelihood`], for that score.
    pub fn score(&self, data: &Dataset, by: ScoreBy, map: bool, seed: u64, token: &CancelToken) -> Result<Scores> {
        let mut scores = Scores { by, per_example: Vec::with_capacity(data.len()), map: map.then(Vec::new) };
        if let ScoreBy::LogLikelihood(samples) = by {
            let bound = self.log_likelihood(data, samples, seed, token)?;
            scores.per_example = bound.per_example.iter().map(|value| -value as f32).collect();
            if !map {
                return Ok(scores);
            }
        }
        if map {
            self.check_result(data.len(), self.model().input())?;
        }
        let forward = self.forward();
        let d = self.model().latent();
        let key = Key::new(seed, Stream::Posterior);
        self.batches(data, None, token, |Encoded { examples, x, condition, encoding }| {
            if let Some(map) = &mut scores.map {
                let parameter = self.likelihood_parameter();
                map.extend(forward.reconstruction_map(&encoding.mean(), x, condition, parameter)?);
            }
            let reconstruction = || forward.reconstruction(&encoding.mean(), x, condition);
            let kl = || -> Result<Vec<f64>> {
                // A single draw, used only by a prior without a closed form.
                let epsilon = noise(encoding.latent.family, key, examples.clone(), 0..1, d);
                let kl = forward.kl(&encoding, &epsilon, condition)?;
                Ok(kl.chunks_exact(kl.len() / examples.len()).map(|kl| kl.iter().sum()).collect())
            };
            let batch = match by {
                ScoreBy::Reconstruction => reconstruction()?,
                ScoreBy::Kl => kl()?,
                ScoreBy::Elbo => {
                    reconstruction()?.iter().zip(kl()?).map(|(reconstruction, kl)| reconstruction + kl).collect()
                }
                ScoreBy::LogLikelihood(_) => Vec::new(), // all scored above
            };
            scores.per_example.extend(batch.iter().map(|&score| score as f32));
            Ok(())
        })?;
        Ok(scores)
    }
}
