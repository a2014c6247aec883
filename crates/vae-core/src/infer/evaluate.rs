//! How good a model is on given data: both terms with their standard error, which dimensions carry something, and
//! where the reconstruction stands between its bounds.
use serde_json::{Value, json};
use vae_kernels::noise::{Key, Stream};

use crate::base::error::Result;
use crate::base::task::Task;
use crate::data::DataStatistics;
use crate::data::batch::{fixed_batch, repeated};
use crate::data::{Dataset, Transform};
use crate::engine::forward::{Forward, ROWS};
use crate::model::noise::noise;
use crate::objective::losses::{Losses, Sums};
use crate::objective::weights::Weights;

/// The variance of μ over the data above which a dimension counts as active (Burda et al. 2016, section 5.2).
const ACTIVE: f64 = 0.01;

/// The result of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The means over the examples.
    pub losses: Losses,
    /// How many examples.
    pub n: usize,
    /// The standard error of the mean ELBO, nats.
    pub standard_error: f64,
    /// The KL of each latent dimension, mean over examples, nats; empty for a prior that does not factorise.
    pub kl_per_dimension: Vec<f64>,
    /// How many dimensions have Var_x(μ) > 0.01.
    pub active_units: usize,
    /// What no decoder passes on these data.
    pub floor: Option<f64>,
    /// What the training set's mean image reaches on these data.
    pub ceiling: f64,
    /// (ceiling − reconstruction)/(ceiling − floor).
    pub explained: Option<f64>,
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
        })
    }
}

/// Where a model and its data meet: everything that an evaluation needs.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The model.
    pub forward: &'a Forward,
    /// What the values of the data mean.
    pub transform: &'a Transform,
    /// The statistics of the training set.
    pub train: &'a DataStatistics,
}

impl Subject<'_> {
    /// Evaluates on `data` with L = `samples` draws of z for each example, the same ones for every model.
    pub fn evaluate(&self, data: &Dataset, beta: f64, samples: usize, seed: u64, task: &Task) -> Result<Evaluation> {
        let moments = DataStatistics::of(data, self.transform);
        self.evaluate_with(data, &moments, Weights::new(beta), samples, seed, task)
    }

    /// [`Subject::evaluate`] for data whose moments are known.
    pub fn evaluate_with(
        &self,
        data: &Dataset,
        moments: &DataStatistics,
        weights: Weights,
        samples: usize,
        seed: u64,
        task: &Task,
    ) -> Result<Evaluation> {
        let (n, d) = (data.len(), self.forward.model().latent());
        let key = Key::new(seed, Stream::Validation);
        let mut total = Sums::default();
        let (mut squares, mut kl, mut mu) = (0.0, Vec::new(), vec![(0.0, 0.0); d]);
        task.set_total(n as u64);
        let rows = (ROWS / samples).max(1);
        for start in (0..n).step_by(rows) {
            task.check()?;
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
            total.add(&Sums::of_rows(examples.len(), &reconstruction, &divergence));
            for (draws, kl_row) in reconstruction.chunks_exact(samples).zip(divergence.chunks_exact(terms)) {
                let bound = draws.iter().sum::<f64>() / samples as f64 + kl_row.iter().sum::<f64>();
                squares += bound * bound;
                kl.iter_mut().zip(kl_row).for_each(|(total, kl)| *total += kl);
            }
            for mean in encoding.mean().chunks_exact(d) {
                mu.iter_mut().zip(mean).for_each(|((sum, square), &m)| {
                    *sum += f64::from(m);
                    *square += f64::from(m) * f64::from(m);
                });
            }
            task.advance(examples.len() as u64);
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
            active_units: mu.iter().filter(|mu| spread(mu) > ACTIVE).count(),
            floor: bounds.floor,
            ceiling: bounds.ceiling,
        })
    }
}
