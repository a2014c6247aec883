//! Where β collapses, before anything is trained.
//!
//! A collapsed model decodes every z to the mean of the data. Whether z is worth its KL there is a matter of second order:
//! to tell along one direction of the data costs ½β for every unit of the squared signal, and gains ½ of what the direction
//! explains. So the model leaves the collapse along the directions of variance λⱼ, measured in units of β, with
//!
//! ```text
//! λⱼ > β:   gaussian       λⱼ = eigenvalues of S / σ²
//!           squared-error  that for σ² = ½
//!           bernoulli      λⱼ = eigenvalues of P^−½ S P^−½,  P = diag p(1 − p)
//! ```
//!
//! where S is the covariance of the data and p their mean. The largest is the critical β. For a linear VAE with a fixed σ²
//! the count of λⱼ > β is exactly that of the dimensions in use (Lucas et al., NeurIPS 2019); for a deep one it is that of
//! the directions in which the collapsed state is unstable.
use candle_core::{DType, Device, Tensor};
use nalgebra::{DMatrix, SymmetricEigen};
use vae_kernels::noise::{Key, Stream, fill_normals};

use crate::base::error::Result;
use crate::base::task::Task;
use crate::base::threads::Threads;
use crate::data::batch::fixed_batch;
use crate::data::{DataStatistics, Dataset, Transform};
use crate::model::likelihood::Likelihood;

/// Directions that are looked for, and how many more are carried along so that the last of them are found as well.
const WANTED: usize = 64;
const SPARE: usize = 16;
/// Times that the data are gone through: the k-th eigenvalue is off by (λ_spare/λ_k) to twice that power.
const PASSES: usize = 8;
/// Numbers of the sample that a forecast is made from.
const SAMPLE: usize = 1 << 22;
/// Of where the search starts, and of values that are binarised anew whenever they are looked at.
const SEED: u64 = 1;
/// Examples that are multiplied at once.
const ROWS: usize = 1024;

/// The variances of the data in units of β.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// The largest of them, largest first: all, or the first 64.
    pub eigenvalues: Vec<f64>,
}

impl Spectrum {
    /// Those of these data for a model with this likelihood.
    ///
    /// # Errors
    /// [`Code::Aborted`](crate::Code::Aborted) if `task` was cancelled.
    pub fn of(
        data: &Dataset,
        transform: &Transform,
        likelihood: Likelihood,
        threads: &Threads,
        task: &Task,
    ) -> Result<Self> {
        Scaled::new(data, transform, likelihood)?.first(WANTED, SPARE, threads, task)
    }

    /// The critical β as a sample of the data tells it: some hundredths too high rather than too low, in some hundredths of a
    /// second.
    ///
    /// # Errors
    /// [`Code::Aborted`](crate::Code::Aborted) if `task` was cancelled.
    pub fn forecast(
        data: &Dataset,
        transform: &Transform,
        likelihood: Likelihood,
        threads: &Threads,
        task: &Task,
    ) -> Result<f64> {
        let part = (SAMPLE / data.shape().size()).max(64) as f64 / data.len() as f64;
        let sample = if part < 1.0 { data.split(part, SEED, false)?.1 } else { data.clone() };
        Ok(Scaled::new(&sample, transform, likelihood)?.first(1, 3, threads, task)?.critical_beta())
    }

    /// The β above which a model collapses.
    pub fn critical_beta(&self) -> f64 {
        self.eigenvalues.first().copied().unwrap_or(0.0)
    }

    /// How many directions are worth their KL at this β.
    pub fn live(&self, beta: f64) -> usize {
        self.eigenvalues.iter().filter(|value| **value > beta).count()
    }
}

/// Data as they count: y = scale·(x − mean), whose variances are in units of β.
struct Scaled<'a> {
    data: &'a Dataset,
    transform: &'a Transform,
    /// (1, D) both.
    mean: Tensor,
    scale: Tensor,
}

impl<'a> Scaled<'a> {
    fn new(data: &'a Dataset, transform: &'a Transform, likelihood: Likelihood) -> Result<Self> {
        let moments = DataStatistics::of(data, transform);
        let scale = |variance: f64| if variance > 0.0 { variance.sqrt().recip() } else { 0.0 };
        let scale: Vec<f64> = likelihood.collapsed_variances(&moments).into_iter().map(scale).collect();
        let row = |values: &[f64]| {
            let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
            Tensor::from_vec(values, (1, moments.mean.len()), &Device::Cpu)
        };
        Ok(Self { data, transform, mean: row(&moments.mean)?, scale: row(&scale)? })
    }

    /// The largest variances, found with the help of `spare` more directions.
    fn first(&self, wanted: usize, spare: usize, threads: &Threads, task: &Task) -> Result<Spectrum> {
        let d = self.data.shape().size();
        let (wanted, carried) = (d.min(wanted), d.min(wanted + spare));
        let mut basis = vec![0.0; d * carried];
        fill_normals(Key::new(SEED, Stream::Sampling), 0, 0, carried, &mut basis);
        let mut basis = DMatrix::from_fn(d, carried, |i, j| f64::from(basis[i * carried + j])).qr().q();
        task.set_total((PASSES * self.data.len()) as u64);
        let mut eigenvalues = Vec::new();
        for _ in 0..PASSES {
            let product = threads.with_pool(|| self.times_covariance(&basis, task))??;
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
    fn times_covariance(&self, basis: &DMatrix<f64>, task: &Task) -> Result<DMatrix<f64>> {
        let ((d, k), cpu, n) = (basis.shape(), &Device::Cpu, self.data.len());
        let row_major: Vec<f32> = basis.transpose().iter().map(|v| *v as f32).collect();
        let v = Tensor::from_vec(row_major, (d, k), cpu)?;
        let mut total = Tensor::zeros((d, k), DType::F64, cpu)?;
        for start in (0..n).step_by(ROWS) {
            task.check()?;
            let rows = start..n.min(start + ROWS);
            let x = fixed_batch(self.data, rows.clone(), self.transform, SEED);
            let y = Tensor::from_vec(x, (rows.len(), d), cpu)?;
            let y = y.broadcast_sub(&self.mean)?.broadcast_mul(&self.scale)?;
            total = (total + y.t()?.matmul(&y.matmul(&v)?)?.to_dtype(DType::F64)?)?;
            task.advance(rows.len() as u64);
        }
        let values: Vec<f64> = (total / n as f64)?.flatten_all()?.to_vec1()?;
        Ok(DMatrix::from_row_slice(d, k, &values))
    }
}
