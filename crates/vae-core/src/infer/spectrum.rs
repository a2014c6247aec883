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
use candle_core::{DType, Device, Tensor};
use nalgebra::{DMatrix, SymmetricEigen};
use vae_kernels::noise::{Key, Stream, fill_normals};

use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::base::threads::Threads;
use crate::data::batch::fixed_batch;
use crate::data::{DataStatistics, Dataset, Transform};
use crate::model::likelihood::Likelihood;

/// Number of eigenvalues computed, and extra directions carried along so that the last ones converge too.
const EIGENVALUES: usize = 64;
const SPARE_DIRECTIONS: usize = 16;
/// Passes over the data: the k-th eigenvalue's error is (λ_spare/λ_k) to the power 2 · `PASSES`.
const PASSES: usize = 8;
/// Number of values in the sample used by a forecast.
const SAMPLE: usize = 1 << 22;
/// Seed of the initial basis, and of dynamic binarisation.
const SEED: u64 = 1;
/// Examples per matrix product.
const ROWS_PER_CHECK: usize = 1024;

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
        Scaled::new(data, transform, likelihood)?.first(EIGENVALUES, SPARE_DIRECTIONS, threads, token)
    }

    /// Forecasts the critical β from a sample of the data, in some hundredths of a second; the error is some
    /// hundredths, too high rather than too low.
    ///
    /// # Errors
    /// [`Code::Aborted`](crate::Code::Aborted) if `token` was cancelled.
    pub fn forecast(
        data: &Dataset,
        transform: &Transform,
        likelihood: Likelihood,
        threads: &Threads,
        token: &CancelToken,
    ) -> Result<f64> {
        let part = (SAMPLE / data.shape().size()).max(64) as f64 / data.len() as f64;
        let sample = if part < 1.0 { data.split(part, SEED, false)?.1 } else { data.clone() };
        Ok(Scaled::new(&sample, transform, likelihood)?.first(1, 3, threads, token)?.critical_beta())
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

/// Rescaled data: y = scale·(x − mean), with variances in units of β.
struct Scaled<'a> {
    data: &'a Dataset,
    transform: &'a Transform,
    /// Both (1, D).
    mean: Tensor,
    scale: Tensor,
}

impl<'a> Scaled<'a> {
    fn new(data: &'a Dataset, transform: &'a Transform, likelihood: Likelihood) -> Result<Self> {
        let moments = DataStatistics::from_data(data, transform);
        let scale = |variance: f64| if variance > 0.0 { variance.sqrt().recip() } else { 0.0 };
        let scale: Vec<f64> = likelihood.collapsed_variances(&moments).into_iter().map(scale).collect();
        let row = |values: &[f64]| {
            let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
            Tensor::from_vec(values, (1, moments.mean.len()), &Device::Cpu)
        };
        Ok(Self { data, transform, mean: row(&moments.mean)?, scale: row(&scale)? })
    }

    /// Computes the `wanted` largest variances, with `spare` extra directions.
    fn first(&self, wanted: usize, spare: usize, threads: &Threads, token: &CancelToken) -> Result<Spectrum> {
        let d = self.data.shape().size();
        let (wanted, carried) = (d.min(wanted), d.min(wanted + spare));
        let mut basis = vec![0.0; d * carried];
        fill_normals(Key::new(SEED, Stream::Sampling), 0, 0, carried, &mut basis);
        let mut basis = DMatrix::from_fn(d, carried, |i, j| f64::from(basis[i * carried + j])).qr().q();
        token.set_total((PASSES * self.data.len()) as u64);
        let mut eigenvalues = Vec::new();
        for _ in 0..PASSES {
            let product = threads.with_pool(|| self.times_covariance(&basis, token))??;
            let projected = basis.transpose() * &product;
            let symmetric = (&projected + projected.transpose()) * 0.5;
            eigenvalues = SymmetricEigen::new(symmetric).eigenvalues.iter().copied().collect();
            basis = product.qr().q();
        }
        eigenvalues.sort_by(|a, b| b.total_cmp(a));
        eigenvalues.truncate(wanted);
        Ok(Spectrum { eigenvalues: eigenvalues.into_iter().map(|value| value.max(0.0)).collect() })
    }

    /// (1/n) Σ y yᵀ·V, V (D, k).
    fn times_covariance(&self, basis: &DMatrix<f64>, token: &CancelToken) -> Result<DMatrix<f64>> {
        let ((d, k), cpu, n) = (basis.shape(), &Device::Cpu, self.data.len());
        let row_major: Vec<f32> = basis.transpose().iter().map(|v| *v as f32).collect();
        let v = Tensor::from_vec(row_major, (d, k), cpu)?;
        let mut total = Tensor::zeros((d, k), DType::F64, cpu)?;
        for start in (0..n).step_by(ROWS_PER_CHECK) {
            token.check()?;
            let rows = start..n.min(start + ROWS_PER_CHECK);
            let x = fixed_batch(self.data, rows.clone(), self.transform, SEED);
            let y = Tensor::from_vec(x, (rows.len(), d), cpu)?;
            let y = y.broadcast_sub(&self.mean)?.broadcast_mul(&self.scale)?;
            total = (total + y.t()?.matmul(&y.matmul(&v)?)?.to_dtype(DType::F64)?)?;
            token.advance(rows.len() as u64);
        }
        let values: Vec<f64> = (total / n as f64)?.flatten_all()?.to_vec1()?;
        Ok(DMatrix::from_row_slice(d, k, &values))
    }
}
