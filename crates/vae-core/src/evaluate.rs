//! How good a model is on given data: both terms with their standard error, which dimensions carry something, and
//! where the reconstruction stands between its bounds.
use candle_core::DType;
use serde_json::{Value, json};
use vae_kernels::noise::{Key, Stream, normals, uniforms};

use crate::bounds::{Bounds, Moments};
use crate::data::{Binarize, Dataset, Transform};
use crate::elbo::{Elbo, Losses, Sums};
use crate::error::Result;
use crate::network::Network;
use crate::parameters::Parameters;
use crate::real::{tensor, values_f64};
use crate::task::Task;

/// Rows that go through the decoder at once: enough for a matrix product to be efficient, few enough to stay in cache.
const ROWS: usize = 512;

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
    /// The KL of each latent dimension, mean over examples, nats.
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
        let Losses { loss, elbo, reconstruction, kl, kl_share, beta } = self.losses;
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
    /// The layers.
    pub network: &'a Network,
    /// θ.
    pub parameters: &'a Parameters,
    /// What the values of the data mean.
    pub transform: &'a Transform,
    /// The moments of the training set.
    pub train: &'a Moments,
}

impl Subject<'_> {
    /// Evaluates on `data` with L draws of z for each example.
    ///
    /// The noise depends on the seed and the example alone: not on the batches, the threads or the epoch. So two models
    /// meet the same noise, and a difference between them is a difference between them.
    pub fn evaluate(&self, data: &Dataset, beta: f64, samples: usize, seed: u64, task: &Task) -> Result<Evaluation> {
        let moments = Moments::of(data, self.transform);
        self.evaluate_with(data, &moments, beta, samples, seed, task)
    }

    /// [`Subject::evaluate`] for data whose moments are known.
    pub fn evaluate_with(
        &self,
        data: &Dataset,
        moments: &Moments,
        beta: f64,
        samples: usize,
        seed: u64,
        task: &Task,
    ) -> Result<Evaluation> {
        let n = data.len();
        let mut total = Sums::default();
        let (mut squares, mut kl, mut mu) = (0.0, Vec::new(), Vec::<(f64, f64)>::new());
        task.set_total(n as u64);
        let rows = (ROWS / samples).max(1);
        for start in (0..n).step_by(rows) {
            task.check()?;
            let batch: Vec<usize> = (start..n.min(start + rows)).collect();
            let x = fixed_batch(data, &batch, self.transform, seed)?;
            let d = self.network.latent();
            let mut epsilon = vec![0.0; batch.len() * samples * d];
            let key = Key::new(seed, Stream::Validation);
            for (row, values) in epsilon.chunks_exact_mut(d).enumerate() {
                normals(key, batch[row / samples] as u64, (row % samples) as u32, values);
            }
            let epsilon = tensor(epsilon, (batch.len() * samples, d), DType::F32)?;
            let elbo = Elbo::new(self.network, self.parameters, &x, &epsilon)?;
            total.add(elbo.sums()?);
            let reconstruction = values_f64(&elbo.reconstruction)?;
            let divergence = values_f64(&elbo.kl)?;
            kl.resize(d, 0.0);
            mu.resize(d, (0.0, 0.0));
            for (draws, kl_row) in reconstruction.chunks_exact(samples).zip(divergence.chunks_exact(d)) {
                let bound = draws.iter().sum::<f64>() / samples as f64 + kl_row.iter().sum::<f64>();
                squares += bound * bound;
                kl.iter_mut().zip(kl_row).for_each(|(total, kl)| *total += kl);
            }
            for mean in values_f64(&elbo.posterior.mean)?.chunks_exact(d) {
                mu.iter_mut().zip(mean).for_each(|((sum, square), m)| {
                    *sum += m;
                    *square += m * m;
                });
            }
            task.advance(batch.len() as u64);
        }
        let losses = total.losses(beta);
        let count = n as f64;
        let variance = (squares / count - losses.elbo * losses.elbo).max(0.0);
        let bounds = Bounds::new(self.network.likelihood(), self.train, moments);
        let spread = |&(sum, square): &(f64, f64)| square / count - (sum / count).powi(2);
        Ok(Evaluation {
            losses,
            n,
            standard_error: (variance / (count - 1.0).max(1.0)).sqrt(),
            kl_per_dimension: kl.iter().map(|kl| kl / count).collect(),
            active_units: mu.iter().filter(|mu| spread(mu) > ACTIVE).count(),
            floor: bounds.floor,
            ceiling: bounds.ceiling,
            explained: bounds.explained(losses.reconstruction),
        })
    }
}

/// A batch outside training, shape (B, D): where values are drawn as 0 or 1, the draw depends on the seed and the
/// example alone.
pub(crate) fn fixed_batch(
    data: &Dataset,
    rows: &[usize],
    transform: &Transform,
    seed: u64,
) -> Result<candle_core::Tensor> {
    let d = data.shape().size();
    let mut x = vec![0.0; rows.len() * d];
    data.gather(rows, transform, &mut x);
    if transform.binarize() == Binarize::Dynamic {
        let key = Key::new(seed, Stream::Validation);
        for (&row, x) in rows.iter().zip(x.chunks_exact_mut(d)) {
            // Noise uses the rows 0 … L − 1 of this step; the last possible row is free for the draw of x itself.
            binarize(key, row as u64, u32::MAX, x);
        }
    }
    Ok(tensor(x, (rows.len(), d), DType::F32)?)
}

/// x ← 1 with probability x, else 0.
pub(crate) fn binarize(key: Key, step: u64, row: u32, x: &mut [f32]) {
    let mut u = vec![0.0; x.len()];
    uniforms(key, step, row, &mut u);
    for (x, u) in x.iter_mut().zip(u) {
        *x = if u < *x { 1.0 } else { 0.0 };
    }
}
