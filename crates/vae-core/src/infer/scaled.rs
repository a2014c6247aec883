//! Data rescaled to units of β, and products with their covariance.
use candle_core::{DType, Device, Tensor};
use nalgebra::DMatrix;
use vae_kernels::noise::{Key, Stream, fill_normals};

use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::data::batch::fixed_batch;
use crate::data::{DataStatistics, Dataset, Transform};
use crate::model::likelihood::Likelihood;

/// Seed of random directions, of dynamic binarisation and of samples.
pub(super) const SEED: u64 = 1;
/// Examples per matrix product.
const ROWS_PER_CHECK: usize = 1024;

/// Rescaling of data: y = scale·(x − mean), with variances in units of β.
pub(super) struct Scaled<'a> {
    transform: &'a Transform,
    /// Both (1, D).
    mean: Tensor,
    scale: Tensor,
}

impl<'a> Scaled<'a> {
    pub fn fit(data: &Dataset, transform: &'a Transform, likelihood: Likelihood) -> Result<Self> {
        let moments = DataStatistics::from_data(data, transform);
        let scale = |variance: f64| if variance > 0.0 { variance.sqrt().recip() } else { 0.0 };
        let scale: Vec<f64> = likelihood.collapsed_variances(&moments).into_iter().map(scale).collect();
        let row = |values: &[f64]| {
            let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
            Tensor::from_vec(values, (1, moments.mean.len()), &Device::Cpu)
        };
        Ok(Self { transform, mean: row(&moments.mean)?, scale: row(&scale)? })
    }

    /// D, the size of an example.
    pub fn size(&self) -> usize {
        self.mean.elem_count()
    }

    /// Random orthonormal columns, (D, k).
    pub fn random_basis(&self, k: usize) -> DMatrix<f64> {
        let d = self.size();
        let mut basis = vec![0.0; d * k];
        fill_normals(Key::new(SEED, Stream::Sampling), 0, 0, k, &mut basis);
        DMatrix::from_fn(d, k, |i, j| f64::from(basis[i * k + j])).qr().q()
    }

    /// (1/n) Σ y yᵀ·V, V (D, k).
    pub fn times_covariance(&self, data: &Dataset, basis: &DMatrix<f64>, token: &CancelToken) -> Result<DMatrix<f64>> {
        let mut product = Product::new(basis)?;
        self.each_batch(data, token, |y| product.add(y))?;
        product.mean(data.len())
    }

    /// Calls `act` on all examples, in batches y (rows, D).
    pub fn each_batch(
        &self,
        data: &Dataset,
        token: &CancelToken,
        mut act: impl FnMut(&Tensor) -> candle_core::Result<()>,
    ) -> Result<()> {
        let (n, d) = (data.len(), data.shape().size());
        for start in (0..n).step_by(ROWS_PER_CHECK) {
            token.check()?;
            let rows = start..n.min(start + ROWS_PER_CHECK);
            let x = fixed_batch(data, rows.clone(), self.transform, SEED);
            let y = Tensor::from_vec(x, (rows.len(), d), &Device::Cpu)?;
            act(&y.broadcast_sub(&self.mean)?.broadcast_mul(&self.scale)?)?;
            token.advance(rows.len() as u64);
        }
        Ok(())
    }
}

/// Σ y yᵀ·V over batches of examples, V (D, k).
pub(super) struct Product {
    v: Tensor,
    total: Tensor,
}

impl Product {
    pub fn new(v: &DMatrix<f64>) -> Result<Self> {
        Ok(Self { v: row_major(v)?, total: Tensor::zeros(v.shape(), DType::F64, &Device::Cpu)? })
    }

    /// Adds a batch y (rows, D).
    pub fn add(&mut self, y: &Tensor) -> candle_core::Result<()> {
        self.total = (&self.total + y.t()?.matmul(&y.matmul(&self.v)?)?.to_dtype(DType::F64)?)?;
        Ok(())
    }

    /// The sum over n examples, divided by n.
    pub fn mean(self, n: usize) -> Result<DMatrix<f64>> {
        let (d, k) = self.total.dims2()?;
        let values: Vec<f64> = (self.total / n as f64)?.flatten_all()?.to_vec1()?;
        Ok(DMatrix::from_row_slice(d, k, &values))
    }
}

/// A matrix as a tensor of the same shape, in f32.
pub(super) fn row_major(matrix: &DMatrix<f64>) -> Result<Tensor> {
    let values: Vec<f32> = matrix.transpose().iter().map(|v| *v as f32).collect();
    Ok(Tensor::from_vec(values, matrix.shape(), &Device::Cpu)?)
}
