//! Evaluation of a model on given data: both terms with their standard error, active dimensions, and the position of
//! the reconstruction between its bounds.
use serde_json::{Value, json};
use vae_kernels::noise::{Key, Stream};

use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::data::DataStatistics;
use crate::data::batch::{fixed_batch, repeated};
use crate::data::{Dataset, Transform};
use crate::engine::forward::{Forward, ROWS_PER_PASS};
use crate::model::noise::noise;
use crate::objective::losses::{Losses, Sums};
use crate::objective::weights::Weights;

/// Threshold of Var_x(μ) above which a dimension is active, in units of the prior's variance, which is 1 in its source
/// (Burda et al. 2016, section 5.2).
const ACTIVE: f64 = 0.01;

/// The result of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Means over the examples.
    pub losses: Losses,
    /// Number of examples.
    pub n: usize,
    /// Standard error of the mean ELBO, nats.
    pub standard_error: f64,
    /// KL of each latent dimension, mean over examples, nats; empty for a prior that does not factorise.
    pub kl_per_dimension: Vec<f64>,
    /// Number of dimensions with Var_x(μ) > 0.01·Var(z), Var(z) of the standard prior; 1 for a deterministic posterior,
    /// which has no prior.
    pub active_units: usize,
    /// Lowest reconstruction that any decoder can reach on these data.
    pub floor: Option<f64>,
    /// Reconstruction of the training set's mean image on these data.
    pub ceiling: f64,
    /// (ceiling − reconstruction)/(ceiling − floor).
    pub explained: Option<f64>,
    /// Number of values beyond the training set's range, which counted as its ends.
    pub clamped: usize,
}

impl Evaluation {
    /// The evaluation as JSON, its losses in the same object.
    pub fn to_json(&self) -> Value {
        let Losses { loss, elbo, reconstruction, kl, kl_share, beta, .. } = self.losses;
        json!({
            "loss": loss, "elbo": elbo, "reconstruction": reconstruction, "kl": kl, "klShare": kl_share, "beta": beta,
            "n": self.n,
            "standardError": self.standard_error,
            "klPerDimension": self.kl_per_dimension,
            "activeUnits": self.active_units,
            "floor": self.floor,
            "ceiling": self.ceiling,
            "explained": self.explained,
            "clamped": self.clamped,
        })
    }
}

/// Evaluation context: a model with the transform and statistics of its training data.
#[derive(Debug, Clone, Copy)]
pub struct EvalContext<'a> {
    /// The model.
    pub forward: &'a Forward,
    /// Transform of the data.
    pub transform: &'a Transform,
    /// Statistics of the training set.
    pub train: &'a DataStatistics,
}

impl EvalContext<'_> {
    /// Evaluates on `data` with L = `samples` draws of z per example, the same draws for every model.
    pub fn evaluate(
        &self,
        data: &Dataset,
        beta: f64,
        samples: usize,
        seed: u64,
        token: &CancelToken,
    ) -> Result<Evaluation> {
        let moments = DataStatistics::from_data(data, self.transform);
        self.evaluate_with(data, &moments, Weights::new(beta), samples, seed, token)
    }

    /// [`EvalContext::evaluate`] for data with known statistics.
    pub fn evaluate_with(
        &self,
        data: &Dataset,
        moments: &DataStatistics,
        weights: Weights,
        samples: usize,
        seed: u64,
        token: &CancelToken,
    ) -> Result<Evaluation> {
        let (n, d) = (data.len(), self.forward.model().latent());
        let key = Key::new(seed, Stream::Validation);
        let mut total = Sums::default();
        let mut squares = 0.0;
        let mut kl = Vec::new();
        let mut mu = vec![(0.0, 0.0); d];
        let latent = self.forward.model().latent_space();
        token.set_total(n as u64);
        let rows = (ROWS_PER_PASS / samples).max(1);
        for start in (0..n).step_by(rows) {
            token.check()?;
            let examples = start..n.min(start + rows);
            let x = fixed_batch(data, examples.clone(), self.transform, seed);
            let condition = data.conditions(examples.clone());
            let encoding = self.forward.encode(&x, condition.as_deref())?;
            let epsilon = noise(encoding.latent.family, key, examples.clone(), 0..samples, d);
            let divergence = self.forward.kl(&encoding, &epsilon, condition.as_deref())?;
            let z = encoding.sample(&epsilon, d);
            let condition = repeated(condition.as_deref(), data.condition_width(), samples);
            let reconstruction = self.forward.reconstruction(&z, &x, condition.as_deref())?;
            let terms = divergence.len() / examples.len();
            kl.resize(terms, 0.0);
            total.add(&Sums::from_rows(examples.len(), &reconstruction, &divergence));
            for (draws, kl_row) in reconstruction.chunks_exact(samples).zip(divergence.chunks_exact(terms)) {
                let bound = draws.iter().sum::<f64>() / samples as f64 + kl_row.iter().sum::<f64>();
                squares += bound * bound;
                kl.iter_mut().zip(kl_row).for_each(|(total, kl)| *total += kl);
            }
            for mean in encoding.mean().chunks_exact(d) {
                mu.iter_mut().zip(mean).for_each(|((sum, square), &m)| {
                    // About the prior's location, where the difference below keeps its digits.
                    let m = f64::from(m) - latent.prior.location;
                    *sum += m;
                    *square += m * m;
                });
            }
            token.advance(examples.len() as u64);
        }
        let losses = total.losses(weights);
        let count = n as f64;
        let variance = (squares / count - losses.elbo * losses.elbo).max(0.0);
        let bounds = self.forward.model().likelihood().bounds(self.train, moments);
        let spread = |&(sum, square): &(f64, f64)| square / count - (sum / count).powi(2);
        Ok(Evaluation {
            explained: bounds.explained(losses.reconstruction),
            losses,
            n,
            standard_error: (variance / (count - 1.0).max(1.0)).sqrt(),
            kl_per_dimension: if kl.len() == d { kl.iter().map(|kl| kl / count).collect() } else { Vec::new() },
            active_units: mu.iter().filter(|mu| spread(mu) > ACTIVE * latent.standard_variance()).count(),
            floor: bounds.floor,
            ceiling: bounds.ceiling,
            clamped: self.transform.clamped(data),
        })
    }
}
