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

use crate::beta::Objective;
use crate::network::Network;
use crate::parameters::Parameters;
use crate::posterior::Posterior;
use crate::real::values_f64;

/// Both terms for a batch, before any mean is taken.
#[derive(Debug, Clone)]
pub struct Elbo {
    /// −log p(x|z_l) of each draw, shape (B·L).
    pub reconstruction: Tensor,
    /// The KL divergence of each example and dimension, shape (B, d).
    pub kl: Tensor,
    /// q(z|x) of the batch.
    pub posterior: Posterior,
}

impl Elbo {
    /// Both terms of the bound for a batch x (B, D) with noise ε (B·L, d).
    pub fn new(network: &Network, parameters: &Parameters, x: &Tensor, epsilon: &Tensor) -> Result<Self> {
        let posterior = network.encode(x, parameters)?;
        let z = posterior.sample(epsilon)?;
        let output = network.decode(&z, parameters)?;
        let reconstruction = network.reconstruction(&output, x, parameters)?;
        let kl = posterior.kl()?;
        Ok(Self { reconstruction, kl, posterior })
    }

    /// reconstruction + β·KL, mean over examples: the scalar that is minimised.
    pub fn loss(&self, beta: f64) -> Result<Tensor> {
        let examples = self.kl.dim(0)? as f64;
        let reconstruction = self.reconstruction.mean_all()?;
        reconstruction + (self.kl.sum_all()? * (beta / examples))?
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
    /// KL(q(z|x) ‖ p(z)), summed over latent dimensions, never multiplied by β.
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
    use crate::activation::Activation;
    use crate::adam::{Adam, AdamOptions};
    use crate::likelihood::{Likelihood, Variance};
    use crate::network::{Architecture, Network};
    use crate::parameters::Parameters;
    use crate::posterior::Family;
    use crate::real::WITHOUT_LOOPS;

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
        for (_, activation) in Activation::NAMES {
            for likelihood in likelihoods {
                let what = format!("{activation:?}, {likelihood:?}");
                let architecture = Architecture {
                    input: 7,
                    hidden: vec![6, 4],
                    latent: d,
                    activation,
                    posterior: Family::Gaussian,
                    likelihood,
                };
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
                    let elbo = Elbo::new(&network, &parameters, &x, &epsilon).unwrap();
                    for t in 1..=2 {
                        let gradients = elbo.loss(0.7).unwrap().backward().unwrap();
                        parameters.take_gradient(&gradients).unwrap();
                        adam.update(&parameters, 0.1, t).unwrap();
                    }
                    WITHOUT_LOOPS.set(false);
                    (elbo, parameters.gradient().unwrap().clone(), parameters.theta())
                };
                let ((found, found_gradient, found_theta), (elbo, gradient, theta)) = (step(true), step(false));
                close(&found.reconstruction, &elbo.reconstruction, 1e-12, &what);
                close(&found.kl, &elbo.kl, 1e-12, &what);
                close(&found_gradient, &gradient, 1e-12, &what);
                // Adam divides by |g|, however small that is.
                close(&found_theta, &theta, 1e-6, &what);
            }
        }
    }
}
