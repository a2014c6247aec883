//! Variance of a gradient estimate over fresh draws, for fixed parameters and batch.
//!
//! Exact case for checks: the gradient by μ of `E[z²]` with z ~ N(μ, 1) is 2μ. One draw of the reparameterised
//! estimator is 2z, with variance 4; one draw of the score function is z²·(z − μ), with variance μ⁴ + 14μ² + 15. The
//! mean of L draws has a variance L times smaller.
use candle_core::{DType, Device, Tensor};
use serde_json::{Value, json};
use vae_kernels::noise::{Key, Stream, fill_noise, fill_normals};

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Error, Result};
use crate::base::json_reader::JsonReader;
use crate::data::Dataset;
use crate::data::batch::fixed_batch;
use crate::infer::vae::TrainedVae;
use crate::model::pass::{Batch, Pass, Surroundings};
use crate::model::posterior::Family;
use crate::nn::parameters::Vars;
use crate::objective::estimator::Estimator;
use crate::objective::weights::Weights;
use crate::options::MAX_SEED;

/// Maximum examples per batch: each estimate runs all of them on the reference path.
const MAX_EXAMPLES: usize = 4096;

/// Options of the measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// Estimators to measure in turn.
    pub estimators: Vec<Estimator>,
    /// Number of estimates per estimator.
    pub estimates: u64,
    /// β.
    pub beta: Option<f64>,
    /// Seed of the draws.
    pub seed: u64,
}

impl Measurement {
    /// Reads `estimators`, `estimates`, `beta` and `seed`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of the faulty option, or for an estimator that this
    /// posterior does not allow.
    pub fn from_json(family: Family, json: &Value) -> Result<Self> {
        let fields = JsonReader::new(json, ["estimators", "estimates", "beta", "seed"])?;
        let estimators = match fields.get("estimators") {
            None => vec![Estimator::default()],
            Some(Value::Array(all)) if !all.is_empty() => {
                let one = |estimator: &Value| {
                    let json = json!({ "estimator": estimator });
                    let estimator = Estimator::from_json(family, &JsonReader::new(&json, ["estimator"])?)?;
                    estimator.check_published().map(|()| estimator)
                };
                all.iter().map(one).collect::<Result<_>>()?
            }
            Some(_) => return Err(fields.refuse("estimators", "an array of estimators")),
        };
        Ok(Self {
            estimators,
            estimates: fields.whole("estimates", 2..=1 << 24)?.unwrap_or(200),
            beta: fields.number("beta", "a number from 0 up", |beta| beta >= 0.0 && beta.is_finite())?,
            seed: fields.whole("seed", 0..=MAX_SEED)?.unwrap_or(1),
        })
    }
}

/// Variance of the estimates of one estimator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradientSpread {
    /// Estimator.
    pub estimator: Estimator,
    /// Σ Var\[∂ᵢ\] over the parameters of the encoder.
    pub encoder: f64,
    /// Σ Var\[∂ᵢ\] over the parameters of the decoder.
    pub decoder: f64,
    /// ‖E\[∂\]‖² over the parameters of the encoder: the scale for the variance.
    pub encoder_square: f64,
}

impl TrainedVae {
    /// Measures the variance over draws of z of the loss gradient on these examples, as one batch.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) for a deterministic posterior, which draws nothing, and for too many
    /// examples; errors of the forward pass.
    pub fn gradient_variance(
        &self,
        data: &Dataset,
        what: &Measurement,
        token: &CancelToken,
    ) -> Result<Vec<GradientSpread>> {
        let family = self.model().latent_space().family;
        if family == Family::Deterministic {
            return Err(Error::option("posterior")
                .expected("one that is drawn from, as else the gradient does not vary")
                .received("'deterministic'"));
        }
        if data.len() > MAX_EXAMPLES {
            return Err(Error::option("data")
                .expected(format!("a batch of at most {MAX_EXAMPLES} examples"))
                .received(data.len())
                .remedy("take a slice of them"));
        }
        let data = &self.accept(data)?;
        let x = fixed_batch(data, 0..data.len(), &self.metadata().transform, what.seed);
        let x = Tensor::from_vec(x, (data.len(), self.model().input()), &Device::Cpu)?;
        let model = self.model();
        let layout = self.layout();
        let is_encoder: Vec<(bool, std::ops::Range<usize>)> =
            layout.slots().iter().map(|slot| (slot.name.starts_with("encoder."), slot.range())).collect();
        let vars = Vars::new(layout, self.theta(), DType::F32, &Device::Cpu)?;
        let batch = Batch::new(x);
        let second_batch = || candle_core::bail!("one batch is measured alone");
        let surroundings = Surroundings { population: data.len(), second_batch: &second_batch };
        let beta = what.beta.unwrap_or(self.provenance().beta);
        token.set_total(what.estimates * what.estimators.len() as u64);
        let mut spreads = Vec::new();
        for &estimator in &what.estimators {
            let objective = estimator.objective();
            let mut moments = vec![(0.0, 0.0); layout.len()];
            for estimate in 0..what.estimates {
                token.check()?;
                let d = model.latent();
                let rows = data.len() * objective.draws();
                let mut epsilon = vec![0.0; rows * d];
                let key = Key::new(what.seed, Stream::Posterior);
                fill_noise(family.noise(), key, estimate, 0, d, &mut epsilon);
                let gradient = self.forward().threads().with_pool(|| -> Result<Vec<f32>> {
                    let epsilon = Tensor::from_vec(epsilon, (rows, d), &Device::Cpu)?;
                    let pass = Pass::new(model, &vars, &batch, &epsilon, objective.holds_z(), &surroundings)?;
                    let terms = objective.terms(&pass, Weights::new(beta), None)?;
                    Ok(vars.gradient(&terms.surrogate.backward()?)?.to_vec1()?)
                })??;
                for ((sum, square), g) in moments.iter_mut().zip(gradient) {
                    *sum += f64::from(g);
                    *square += f64::from(g) * f64::from(g);
                }
                token.advance(1);
            }
            spreads.push(spread(estimator, &moments, &is_encoder, what.estimates as f64));
        }
        Ok(spreads)
    }
}

/// Computes the variances from Σ ∂ and Σ ∂² of each parameter.
fn spread(
    estimator: Estimator,
    moments: &[(f64, f64)],
    parts: &[(bool, std::ops::Range<usize>)],
    n: f64,
) -> GradientSpread {
    let mut spread = GradientSpread { estimator, encoder: 0.0, decoder: 0.0, encoder_square: 0.0 };
    for (is_encoder, range) in parts {
        for (sum, square) in &moments[range.clone()] {
            let variance = ((square - sum * sum / n) / (n - 1.0)).max(0.0);
            if *is_encoder {
                spread.encoder += variance;
                // Square of the mean, minus the bias from its own error.
                spread.encoder_square += (sum / n).powi(2) - variance / n;
            } else {
                spread.decoder += variance;
            }
        }
    }
    spread
}

/// The exact case: estimates of the gradient by μ of E\[z²\], each from L draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownCase {
    /// Mean and variance of the reparameterised estimates.
    pub reparameterization: (f64, f64),
    /// Mean and variance of the score-function estimates.
    pub score_function: (f64, f64),
}

impl KnownCase {
    /// Measures the case by sampling.
    pub fn measured(mean: f64, samples: usize, estimates: usize, seed: u64) -> Self {
        let mut epsilon = vec![0.0; samples];
        let key = Key::new(seed, Stream::Posterior);
        let mut sums = [[0.0; 2]; 2];
        for estimate in 0..estimates {
            fill_normals(key, estimate as u64, 0, samples.max(1), &mut epsilon);
            let mean_of = |estimator: fn(f64, f64) -> f64| {
                epsilon.iter().map(|&e| estimator(mean, f64::from(e))).sum::<f64>() / samples as f64
            };
            let found = [mean_of(|mean, e| 2.0 * (mean + e)), mean_of(|mean, e| (mean + e).powi(2) * e)];
            for (sums, value) in sums.iter_mut().zip(found) {
                *sums = [sums[0] + value, sums[1] + value * value];
            }
        }
        let n = estimates as f64;
        let [reparameterization, score_function] =
            sums.map(|[sum, square]| (sum / n, (square - sum * sum / n) / (n - 1.0)));
        Self { reparameterization, score_function }
    }

    /// Closed form of the case.
    pub fn exact(mean: f64, samples: usize) -> Self {
        let l = samples as f64;
        let score = mean.powi(4) + 14.0 * mean * mean + 15.0;
        Self { reparameterization: (2.0 * mean, 4.0 / l), score_function: (2.0 * mean, score / l) }
    }
}
