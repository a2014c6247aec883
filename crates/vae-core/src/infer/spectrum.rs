//! Critical β: predicts posterior collapse before training.
//!
//! A collapsed model decodes every z to the mean of the data. Whether z is worth its KL there is a second-order
//! question: coding along one direction of the data costs ½β per unit of squared signal, and gains ½ of the variance
//! that the direction explains. So the model leaves the collapse along directions of variance λⱼ, measured in units of
//! β, with
//!
//! ```text
//! λⱼ > β:   gaussian       λⱼ = eigenvalues of S / σ²
//!           squared-error  the same with σ² = ½
//!           bernoulli      λⱼ = eigenvalues of P^−½ S P^−½,  P = diag p(1 − p)
//! ```
//!
//! where S is the covariance of the data and p their mean. The largest λⱼ is the critical β. For a linear VAE with a
//! fixed σ², the number of λⱼ > β is exactly the number of dimensions in use (Lucas et al., NeurIPS 2019); for a deep
//! VAE it is the number of directions in which the collapsed state is unstable.
use nalgebra::SymmetricEigen;

use super::scaled::Scaled;
use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::base::threads::Threads;
use crate::data::{Dataset, Transform};
use crate::model::likelihood::Likelihood;

/// Number of eigenvalues computed, and extra directions carried along so that the last ones converge too.
const EIGENVALUES: usize = 64;
const SPARE_DIRECTIONS: usize = 16;
/// Passes over the data: the k-th eigenvalue's error is (λ_spare/λ_k) to the power 2 · `PASSES`.
const PASSES: usize = 8;

/// Variances of the data in units of β.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// Largest variances in descending order: all, or the first 64.
    pub eigenvalues: Vec<f64>,
}

impl Spectrum {
    /// Spectrum of these data for a model with this likelihood.
    ///
    /// # Errors
    /// [`Code::Aborted`](crate::Code::Aborted) if `token` was cancelled.
    pub fn from_data(
        data: &Dataset,
        transform: &Transform,
        likelihood: Likelihood,
        threads: &Threads,
        token: &CancelToken,
    ) -> Result<Self> {
        let scaled = Scaled::fit(data, transform, likelihood)?;
        let (wanted, carried) = (scaled.size().min(EIGENVALUES), scaled.size().min(EIGENVALUES + SPARE_DIRECTIONS));
        let mut basis = scaled.random_basis(carried);
        token.set_total((PASSES * data.len()) as u64);
        let mut eigenvalues = Vec::new();
        for _ in 0..PASSES {
            let product = threads.with_pool(|| scaled.times_covariance(data, &basis, token))??;
            let projected = basis.transpose() * &product;
            let symmetric = (&projected + projected.transpose()) * 0.5;
            eigenvalues = SymmetricEigen::new(symmetric).eigenvalues.iter().copied().collect();
            basis = product.qr().q();
        }
        eigenvalues.sort_by(|a, b| b.total_cmp(a));
        eigenvalues.truncate(wanted);
        Ok(Self { eigenvalues: eigenvalues.into_iter().map(|value| value.max(0.0)).collect() })
    }

    /// Critical β, above which a model collapses.
    pub fn critical_beta(&self) -> f64 {
        self.eigenvalues.first().copied().unwrap_or(0.0)
    }

    /// Number of directions worth their KL at this β.
    pub fn active_dimensions(&self, beta: f64) -> usize {
        self.eigenvalues.iter().filter(|value| **value > beta).count()
    }
}
