//! The approximate posterior q(z|x): what the encoder says about the latent code of an example.
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use vae_kernels::elementary::exp;

use crate::real::{Real, has_loops, in_precision_of, real, slice, zip_map};

/// The family of q(z|x).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// N(μ, diag σ²), the VAE.
    #[default]
    Gaussian,
    /// A point: z = μ(x). The vanilla autoencoder, whose KL counts as 0.
    Deterministic,
}

impl Family {
    /// Every family by its name in options and files.
    pub const NAMES: [(&'static str, Family); 2] =
        [("gaussian", Family::Gaussian), ("deterministic", Family::Deterministic)];
}

/// q(z|x) of n examples, as numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoding {
    /// μ, (n, d): the embedding in every family.
    pub mean: Vec<f32>,
    /// ln σ², (n, d); `None` when deterministic.
    pub log_var: Option<Vec<f32>>,
}

impl Encoding {
    /// The reparameterisation z = μ + σ·ε (the paper's eq. 8), L draws of each example.
    ///
    /// # Shapes
    /// ε (n·L, d), row b·L + l → z (n·L, d)
    pub fn sample(&self, epsilon: &[f32], d: usize) -> Vec<f32> {
        let sigma = match &self.log_var {
            Some(log_var) => log_var.iter().map(|&s| exp(0.5 * s)).collect(),
            None => vec![0.0; self.mean.len()],
        };
        let draws = epsilon.len() / self.mean.len();
        let mut z = epsilon.to_vec();
        let examples = z.chunks_exact_mut(draws * d).zip(self.mean.chunks_exact(d)).zip(sigma.chunks_exact(d));
        for ((z, mean), sigma) in examples {
            for z in z.chunks_exact_mut(d) {
                for ((z, mean), sigma) in z.iter_mut().zip(mean).zip(sigma) {
                    *z = mean + sigma * *z;
                }
            }
        }
        z
    }

    /// KL(q(z|x) ‖ N(0, I)) of each example and dimension in nats, (n, d): ½(μ² + expm1(s) − s) with s = ln σ²
    /// (eq. 10). Near the prior, e^s − 1 − s by exp would lose the digits that tell a collapsed dimension from a nearly
    /// collapsed one.
    pub fn kl(&self) -> Vec<f64> {
        let Some(log_var) = &self.log_var else { return vec![0.0; self.mean.len()] };
        let kl = |(&mean, &s): (&f32, &f32)| {
            let (mean, s) = (f64::from(mean), f64::from(s));
            0.5 * (mean * mean + (s.exp_m1() - s))
        };
        self.mean.iter().zip(log_var).map(kl).collect()
    }
}

/// q(z|x) for a batch, as tensors that training differentiates: [`Encoding`] in the reference path.
#[derive(Debug, Clone)]
pub struct Posterior {
    /// μ, shape (B, d): the embedding in every family.
    pub mean: Tensor,
    /// ln σ², shape (B, d); `None` when deterministic.
    pub log_var: Option<Tensor>,
}

impl Posterior {
    /// z = μ + σ·ε, L draws of each example.
    ///
    /// # Shapes
    /// ε (B·L, d), row b·L + l → z (B·L, d)
    pub fn sample(&self, epsilon: &Tensor) -> Result<Tensor> {
        let (b, d) = self.mean.dims2()?;
        let rows = epsilon.dim(0)?;
        let Some(log_var) = &self.log_var else { return self.repeat(&self.mean, rows / b) };
        let sigma = (log_var * 0.5)?.exp()?;
        if rows == b {
            return &self.mean + (sigma * epsilon)?;
        }
        let epsilon = epsilon.reshape((b, rows / b, d))?;
        let z = self.mean.unsqueeze(1)?.broadcast_add(&sigma.unsqueeze(1)?.broadcast_mul(&epsilon)?)?;
        z.reshape((rows, d))
    }

    fn repeat(&self, mean: &Tensor, l: usize) -> Result<Tensor> {
        if l == 1 {
            return Ok(mean.clone());
        }
        let (b, d) = mean.dims2()?;
        mean.unsqueeze(1)?.broadcast_as((b, l, d))?.contiguous()?.reshape((b * l, d))
    }

    /// KL(q(z|x) ‖ N(0, I)) of each example and dimension, shape (B, d).
    pub fn kl(&self) -> Result<Tensor> {
        match &self.log_var {
            Some(log_var) if has_loops(&self.mean) => {
                self.mean.contiguous()?.apply_op2(&log_var.contiguous()?, GaussianKl)
            }
            Some(log_var) => kl_expression(&self.mean, log_var),
            None => self.mean.detach().zeros_like(),
        }
    }
}

/// ½(μ² + expm1(s) − s), see [`Encoding::kl`].
/// The same in candle's own operations, for a device that there is no loop for.
fn kl_expression(mean: &Tensor, s: &Tensor) -> Result<Tensor> {
    (mean.sqr()? + ((s.exp()? - 1.0)? - s)?)? * 0.5
}

struct GaussianKl;

impl CustomOp2 for GaussianKl {
    fn name(&self) -> &'static str {
        "gaussian kl"
    }

    fn cpu_fwd(&self, mean: &CpuStorage, ml: &Layout, s: &CpuStorage, sl: &Layout) -> Result<(CpuStorage, Shape)> {
        fn kl<T: Real>(mean: &[T], s: &[T]) -> CpuStorage {
            let half = real::<T>(0.5);
            T::to_cpu_storage_owned(zip_map(mean, s, |mean, s| half * (mean * mean + (s.exp_m1() - s))))
        }
        let out = in_precision_of!(mean, T => kl::<T>(slice(mean, ml)?, slice(s, sl)?));
        Ok((out, ml.shape().clone()))
    }

    /// ∂μ = μ, ∂s = ½(e^s − 1).
    fn bwd(&self, mean: &Tensor, s: &Tensor, _kl: &Tensor, dkl: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (mean, s, dkl) = (mean.detach(), s.detach(), dkl.contiguous()?);
        Ok((Some(dkl.mul(&mean)?), Some(dkl.apply_op2_no_bwd(&s, &LogVarGradient)?)))
    }
}

struct LogVarGradient;

impl CustomOp2 for LogVarGradient {
    fn name(&self) -> &'static str {
        "gaussian kl gradient"
    }

    fn cpu_fwd(&self, dkl: &CpuStorage, dl: &Layout, s: &CpuStorage, sl: &Layout) -> Result<(CpuStorage, Shape)> {
        fn gradient<T: Real>(dkl: &[T], s: &[T]) -> CpuStorage {
            let half = real::<T>(0.5);
            T::to_cpu_storage_owned(zip_map(dkl, s, |dkl, s| dkl * half * s.exp_m1()))
        }
        let out = in_precision_of!(s, T => gradient::<T>(slice(dkl, dl)?, slice(s, sl)?));
        Ok((out, sl.shape().clone()))
    }
}
