//! The evidence lower bound (the paper's eq. 6, estimated as in eq. 10 and 11):
//!
//! ```text
//! ELBO = E_q[log p(x|z)] − KL(q(z|x) ‖ p(z))
//!      ≈ (1/L) Σ_l log p(x|z_l) − KL,   z_l = μ + σ·ε_l,   ε_l ~ N(0, I)
//! loss = reconstruction + β·KL          (eq. 12; β = 1 is −ELBO)
//! ```
//!
//! The one rule of reduction: **sum over dimensions, mean over examples** (and over the L draws). It stands here and
//! nowhere else.
use candle_core::{Result, Tensor};

use crate::model::network::Network;
use crate::model::posterior::Posterior;
use crate::nn::parameters::Parameters;
use crate::nn::real::values_f64;
use crate::objective::estimator::{Estimator, Kl};
use crate::objective::weights::Objective;

/// Both terms for a batch, before any mean is taken.
#[derive(Debug, Clone)]
pub struct Elbo {
    /// −log p(x|z_l) of each draw, shape (B·L).
    pub reconstruction: Tensor,
    /// The KL term of each example and dimension, shape (B, d): its closed form, the mean over the draws, or the slip that
    /// the estimator asks for instead.
    pub kl: Tensor,
    /// q(z|x) of the batch.
    pub posterior: Posterior,
    /// For the score function: what each draw says of ln q(z|x) and of the KL, shape (B·L) both.
    score: Option<Score>,
}

/// What the score function needs of each draw, shape (B·L).
#[derive(Debug, Clone)]
struct Score {
    /// ln q(z|x), through which the encoder's gradient goes.
    log_density: Tensor,
    /// ln q(z|x) − ln p(z).
    kl: Tensor,
    /// Is the mean cost of the other draws subtracted?
    baseline: bool,
}

impl Elbo {
    /// Both terms of the bound for a batch x (B, D) with noise ε (B·L, d).
    pub fn new(
        network: &Network,
        parameters: &Parameters,
        x: &Tensor,
        epsilon: &Tensor,
        estimator: Estimator,
    ) -> Result<Self> {
        let posterior = network.encode(x, parameters)?;
        let mut u = posterior.sample(epsilon)?;
        if let Estimator::ScoreFunction { .. } = estimator {
            u = u.detach();
        }
        let output = network.decode(&posterior.code(&u)?, parameters)?;
        let reconstruction = network.reconstruction(&output, x, parameters)?;
        let closed = match estimator {
            Estimator::Reparameterization { kl: Kl::Analytic, .. } => Some(posterior.kl()?),
            Estimator::Reparameterization { kl: Kl::KerasSlip, .. } => Some(posterior.keras_slip()?),
            Estimator::Reparameterization { kl: Kl::MonteCarlo, .. } | Estimator::ScoreFunction { .. } => None,
        };
        if let Some(kl) = closed {
            return Ok(Self { reconstruction, kl, posterior, score: None });
        }
        let of_draws = posterior.kl_of_draws(epsilon, &u)?;
        let ((rows, d), b) = (of_draws.dims2()?, x.dim(0)?);
        let kl = of_draws.reshape((b, rows / b, d))?.mean(1)?;
        let score = match estimator {
            Estimator::ScoreFunction { baseline, .. } => {
                Some(Score { log_density: posterior.log_density(&u)?, kl: of_draws.detach().sum(1)?, baseline })
            }
            Estimator::Reparameterization { .. } => None,
        };
        Ok(Self { reconstruction, kl, posterior, score })
    }

    /// The scalar whose gradient is followed: reconstruction + β·KL, mean over examples.
    ///
    /// With the score function (the paper's section 2.2) the decoder's gradient goes through the reconstruction, and the
    /// encoder's is that of ln q(z|x), weighted by what the draw costs. That the cost itself has ln q in it changes nothing,
    /// as the mean of ∇ ln q is 0.
    pub fn loss(&self, beta: f64) -> Result<Tensor> {
        let reconstruction = self.reconstruction.mean_all()?;
        let Some(Score { log_density, kl, baseline }) = &self.score else {
            let examples = self.kl.dim(0)? as f64;
            return reconstruction + (self.kl.sum_all()? * (beta / examples))?;
        };
        let cost = (self.reconstruction.detach() + (kl * beta)?)?;
        let cost = if *baseline { self.without_others(&cost)? } else { cost };
        reconstruction + (cost * log_density)?.mean_all()?
    }

    /// The cost of each draw (B·L) minus the mean cost of the example's other draws, or of the batch's other examples if it
    /// has only one: what does not depend on the draw leaves the mean of the gradient as it is.
    fn without_others(&self, cost: &Tensor) -> Result<Tensor> {
        let (rows, b) = (cost.dim(0)?, self.kl.dim(0)?);
        let groups = if rows > b { (b, rows / b) } else { (1, b) };
        if groups.1 == 1 {
            return Ok(cost.clone());
        }
        let grouped = cost.reshape(groups)?;
        let others = grouped.broadcast_sub(&grouped.mean_keepdim(1)?)? * (groups.1 as f64 / (groups.1 - 1) as f64);
        others?.reshape(rows)
    }

    /// Both terms summed over the batch (the draws averaged), as numbers.
    pub fn sums(&self) -> Result<Sums> {
        Ok(Sums::of(self.kl.dim(0)?, &values_f64(&self.reconstruction)?, &values_f64(&self.kl)?))
    }
}

/// Both terms summed over some examples: what a mean over an epoch is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sums {
    /// How many examples.
    pub examples: u64,
    /// Σ −log p(x|z), nats.
    pub reconstruction: f64,
    /// Σ KL, nats, never multiplied by β.
    pub kl: f64,
}

impl Sums {
    /// Both terms summed over so many examples, the draws averaged.
    ///
    /// # Shapes
    /// reconstruction (n·L), kl (n, d)
    pub fn of(examples: usize, reconstruction: &[f64], kl: &[f64]) -> Self {
        let draws = reconstruction.len() / examples;
        Self {
            examples: examples as u64,
            reconstruction: reconstruction.iter().sum::<f64>() / draws as f64,
            kl: kl.iter().sum(),
        }
    }

    /// Adds the sums of further examples.
    pub fn add(&mut self, other: Sums) {
        self.examples += other.examples;
        self.reconstruction += other.reconstruction;
        self.kl += other.kl;
    }

    /// The means per example, with this objective.
    pub fn losses(&self, objective: Objective) -> Losses {
        let n = self.examples as f64;
        Losses::new(self.reconstruction / n, self.kl / n, objective)
    }
}

/// The losses as they are reported: means per example, in nats.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Losses {
    /// reconstruction + β·kl: what the optimiser minimises; the Lagrangian where β is found.
    pub loss: f64,
    /// −(reconstruction + kl): always β = 1; higher is better.
    pub elbo: f64,
    /// −E_q[log p(x|z)], summed over the dimensions of x.
    pub reconstruction: f64,
    /// KL(q(z|x) ‖ p(z)), summed over latent dimensions, never multiplied by β; of a training step, what its estimator
    /// takes for it.
    pub kl: f64,
    /// β·kl / (reconstruction + β·kl), the share of the paper's figures 10 and 11.
    pub kl_share: f64,
    /// β.
    pub beta: f64,
}

impl Losses {
    /// The losses from both terms.
    pub fn new(reconstruction: f64, kl: f64, Objective { beta, offset }: Objective) -> Self {
        let sum = reconstruction + beta * kl;
        let (elbo, kl_share) = (-(reconstruction + kl), beta * kl / sum);
        Self { loss: sum - offset, elbo, reconstruction, kl, kl_share, beta }
    }

    /// Are both terms numbers?
    pub fn is_finite(&self) -> bool {
        self.loss.is_finite() && self.elbo.is_finite()
    }
}

#[cfg(test)]
mod tests {
    //! What a device without loops of ours computes with, candle's own operations, against the loops: here, where both
    //! can run.
    use candle_core::{DType, Device, Tensor};
    use vae_kernels::noise::{Key, Stream, fill_normals};

    use super::Elbo;
    use crate::model::likelihood::{Likelihood, Variance};
    use crate::model::network::{Architecture, Network};
    use crate::model::posterior::{Family, LatentSpace, Prior};
    use crate::nn::activation::Activation;
    use crate::nn::parameters::Parameters;
    use crate::nn::real::WITHOUT_LOOPS;
    use crate::objective::estimator::{Estimator, Kl};
    use crate::optim::adam::{Adam, AdamOptions};

    fn normals(stream: Stream, shape: (usize, usize)) -> Tensor {
        let mut values = vec![0.0; shape.0 * shape.1];
        fill_normals(Key::new(3, stream), 0, 0, shape.1, &mut values);
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap()
    }

    fn close(found: &Tensor, expected: &Tensor, tolerance: f64, what: &str) {
        let found: Vec<f64> = found.flatten_all().unwrap().to_vec1().unwrap();
        let expected: Vec<f64> = expected.flatten_all().unwrap().to_vec1().unwrap();
        assert_eq!(found.len(), expected.len(), "{what}");
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{found}, {expected}: {what}");
        }
    }

    #[test]
    fn expressions_are_what_the_loops_compute() {
        let likelihoods = [
            Likelihood::Bernoulli,
            Likelihood::SquaredError,
            Likelihood::Gaussian(Variance::Fixed(0.3)),
            Likelihood::Gaussian(Variance::Learned),
        ];
        let (b, l, d) = (5, 3, 2);
        let prior = Prior { location: 0.3, scale: 1.4 };
        let estimators = [Kl::Analytic, Kl::MonteCarlo].map(|kl| Estimator::Reparameterization { samples: l, kl });
        let spaces = Family::NAMES.map(|(_, family)| LatentSpace { family, prior });
        let all: Vec<_> = spaces.into_iter().flat_map(|space| estimators.map(|estimator| (space, estimator))).collect();
        for (_, activation) in Activation::NAMES {
            for (likelihood, (posterior, estimator)) in
                likelihoods.iter().flat_map(|l| all.iter().map(move |s| (*l, *s)))
            {
                let what = format!("{activation:?}, {likelihood:?}, {posterior:?}, {estimator:?}");
                let architecture =
                    Architecture { input: 7, hidden: vec![6, 4], latent: d, activation, posterior, likelihood };
                let (network, layout) = Network::new(&architecture);
                let plain: Vec<f32> = normals(Stream::Initialization, (1, layout.len()))
                    .to_dtype(DType::F32)
                    .unwrap()
                    .flatten_all()
                    .unwrap()
                    .to_vec1()
                    .unwrap();
                let (x, epsilon) = (normals(Stream::Posterior, (b, 7)), normals(Stream::Noise, (b * l, d)));
                let step = |without_loops: bool| {
                    WITHOUT_LOOPS.set(without_loops);
                    let parameters = Parameters::new(layout.clone(), &plain, DType::F64, true).unwrap();
                    let adam = Adam::new(AdamOptions::default(), &parameters).unwrap();
                    let elbo = Elbo::new(&network, &parameters, &x, &epsilon, estimator).unwrap();
                    for t in 1..=2 {
                        let gradients = elbo.loss(0.7).unwrap().backward().unwrap();
                        parameters.take_gradient(&gradients).unwrap();
                        adam.update(&parameters, 0.1, t).unwrap();
                    }
                    WITHOUT_LOOPS.set(false);
                    (elbo, parameters.gradient().unwrap().clone(), parameters.theta())
                };
                let ((found, found_gradient, found_theta), (elbo, gradient, theta)) = (step(true), step(false));
                close(&found.reconstruction, &elbo.reconstruction, 1e-10, &what);
                close(&found.kl, &elbo.kl, 1e-10, &what);
                close(&found_gradient, &gradient, 1e-10, &what);
                // Adam divides by |g|, however small that is.
                close(&found_theta, &theta, 1e-6, &what);
            }
        }
    }
}
