//! Forward passes on a GPU.
use std::sync::Mutex;

use candle_core::Tensor;

use super::{CudaInference, Gpu};
use crate::base::error::Result;
use crate::base::threads::locked;
use crate::engine::forward::Passes;
use crate::engine::net::FusedNet;

/// Forward passes with GPU kernels, on θ that a trainer updates in place.
#[derive(Debug)]
pub(crate) struct GpuPasses {
    net: FusedNet,
    inference: Mutex<CudaInference>,
    theta: Tensor,
}

impl GpuPasses {
    /// Creates passes on this θ, in the order of the kernels; `None` for models too large for them.
    ///
    /// # Errors
    /// GPU errors.
    pub(crate) fn new(gpu: &Gpu, net: &FusedNet, theta: &Tensor) -> Result<Option<Self>> {
        let inference = CudaInference::new(gpu, net.net.clone(), theta.clone())?;
        Ok(inference.map(|inference| Self { net: net.clone(), inference: Mutex::new(inference), theta: theta.clone() }))
    }
}

impl Passes for GpuPasses {
    fn encode(&self, x: &[f32], _: Option<&[f32]>, h: &mut [f32], s: &mut [f32]) -> Result<()> {
        locked(&self.inference).encode(x, h, s)
    }

    fn decode(&self, z: &[f32], _: Option<&[f32]>, out: &mut [f32]) -> Result<()> {
        locked(&self.inference).decode(z, out)
    }

    fn reconstruction(&self, z: &[f32], x: &[f32], _: Option<&[f32]>, sums: &mut [f64]) -> Result<()> {
        let draws = sums.len() * self.net.net.input() / x.len();
        locked(&self.inference).terms(z, x, draws, sums)?;
        let variance = self.net.variance(&self.theta.to_vec1::<f32>()?);
        sums.iter_mut().for_each(|sum| *sum = self.net.negative_log(*sum, variance));
        Ok(())
    }
}
