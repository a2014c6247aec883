//! How strange an example is to a model. Higher is stranger, whichever score it is.
//!
//! The usual choice is the reconstruction. A high likelihood alone is no sign of being ordinary: deep models can give
//! outsiders more of it (Nalisnick et al. 2019), which is why the score is a choice and not fixed.
use serde_json::{Value, json};
use vae_kernels::noise::{Key, Stream};

use crate::base::error::Result;
use crate::base::task::Task;
use crate::data::Dataset;
use crate::infer::vae::{Encoded, Vae};
use crate::model::noise::noise;

/// What the strangeness of an example is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScoreBy {
    /// −log p(x|z) at z = μ.
    #[default]
    Reconstruction,
    /// −log p(x|z) at z = μ, plus the KL term: the negative bound, without its noise.
    Elbo,
    /// The KL term: how far the example's posterior lies from the prior.
    Kl,
    /// − the importance-weighted bound with so many draws.
    LogLikelihood(usize),
}

impl ScoreBy {
    /// The choice as its option is spelled.
    pub fn to_json(self) -> Value {
        match self {
            ScoreBy::Reconstruction => json!("reconstruction"),
            ScoreBy::Elbo => json!("elbo"),
            ScoreBy::Kl => json!("kl"),
            ScoreBy::LogLikelihood(samples) => json!({ "logLikelihood": samples }),
        }
    }
}

/// The score of each example and, if asked for, of each of its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// What they are by.
    pub by: ScoreBy,
    /// One number for each example, nats.
    pub per_example: Vec<f32>,
    /// What each value of x adds to −log p(x|z) at z = μ, (n, D).
    pub map: Option<Vec<f32>>,
}

impl Vae {
    /// Scores each example; `map` also says where in the example the reconstruction fails.
    ///
    /// # Errors
    /// Those of [`Vae::log_likelihood`], if it is by that.
    pub fn score(&self, data: &Dataset, by: ScoreBy, map: bool, seed: u64, task: &Task) -> Result<Scores> {
        let mut scores = Scores { by, per_example: Vec::with_capacity(data.len()), map: map.then(Vec::new) };
        if let ScoreBy::LogLikelihood(samples) = by {
            let bound = self.log_likelihood(data, samples, seed, task)?;
            scores.per_example = bound.per_example.iter().map(|value| -value as f32).collect();
            if !map {
                return Ok(scores);
            }
        }
        if map {
            self.check_result(data.len(), self.model().input())?;
        }
        let (forward, d) = (self.forward(), self.model().latent());
        let key = Key::new(seed, Stream::Posterior);
        self.batches(data, None, task, |Encoded { examples, x, condition, encoding }| {
            if let Some(map) = &mut scores.map {
                let parameter = self.likelihood_parameter();
                map.extend(forward.reconstruction_map(&encoding.mean(), x, condition, parameter)?);
            }
            let reconstruction = || forward.reconstruction(&encoding.mean(), x, condition);
            let kl = || -> Result<Vec<f64>> {
                // One draw, which only a prior without a closed form looks at.
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
