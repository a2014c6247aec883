//! Forward passes of a model with the current θ: x → q(z|x), z → the decoder's output, and −log p(x|z), on row-major
//! slices of f32. All evaluation without training uses these three functions.
use std::fmt::Debug;
use std::sync::Arc;

use candle_core::{Device, Tensor};

use crate::base::error::Result;
use crate::base::threads::Threads;
use crate::model::posterior::Encoding;
use crate::model::vae::Vae;
use crate::nn::ops::values_f32;
use crate::nn::parameters::Vars;

/// Rows per forward pass: enough to occupy every thread, few enough to stay in cache.
pub const ROWS_PER_PASS: usize = 1024;

/// Forward passes of one engine. Shares θ with the trainer and reads its current values.
///
/// Letters: n examples, L draws per example; sizes: D of an example, d of a latent code, C of a condition.
pub(crate) trait Passes: Debug + Send + Sync {
    /// x (n, D), condition (n, C) → h (n, d) and s (n, d); s is empty for a point posterior.
    fn encode(&self, x: &[f32], condition: Option<&[f32]>, h: &mut [f32], s: &mut [f32]) -> Result<()>;

    /// z (n, d), condition (n, C) → the decoder's output (n, D).
    fn decode(&self, z: &[f32], condition: Option<&[f32]>, out: &mut [f32]) -> Result<()>;

    /// z (n·L, d), x (n, D), condition (n·L, C) → −log p(x|z) (n·L).
    fn reconstruction(&self, z: &[f32], x: &[f32], condition: Option<&[f32]>, sums: &mut [f64]) -> Result<()>;

    /// θ as candle tensors, if the engine stores it that way.
    fn vars(&self) -> Option<&Vars> {
        None
    }
}

/// A model and its forward passes.
#[derive(Debug, Clone)]
pub struct Forward {
    model: Vae,
    threads: Arc<Threads>,
    passes: Arc<dyn Passes>,
}

impl Forward {
    /// Combines a model with these passes.
    pub(super) fn with(model: &Vae, threads: &Arc<Threads>, passes: Arc<dyn Passes>) -> Self {
        Self { model: model.clone(), threads: Arc::clone(threads), passes }
    }

    /// The model.
    pub fn model(&self) -> &Vae {
        &self.model
    }

    /// θ as tensors; `None` for the standard prior, whose formulas need none.
    pub(super) fn vars(&self) -> Option<&Vars> {
        if self.model.prior().is_standard() { None } else { self.passes.vars() }
    }

    /// Thread pool of the passes.
    pub(crate) fn threads(&self) -> &Threads {
        &self.threads
    }

    /// q(z|x).
    ///
    /// # Shapes
    /// x (n, D), condition (n, C) → h, s (n, d)
    ///
    /// # Errors
    /// Device errors, and failure to start threads.
    pub fn encode(&self, x: &[f32], condition: Option<&[f32]>) -> Result<Encoding> {
        let mut h = vec![0.0; x.len() / self.model.input() * self.model.latent()];
        let mut s = self.model.has_scale().then(|| h.clone());
        self.passes.encode(x, condition, &mut h, s.as_deref_mut().unwrap_or_default())?;
        Ok(Encoding { latent: self.model.latent_space(), h, s })
    }

    /// Parameters of p(x|z): logits, or the mean for the gaussian likelihood.
    ///
    /// # Shapes
    /// z (n, d), condition (n, C) → (n, D)
    ///
    /// # Errors
    /// Same as [`Forward::encode`].
    pub fn decode(&self, z: &[f32], condition: Option<&[f32]>) -> Result<Vec<f32>> {
        let mut out = vec![0.0; z.len() / self.model.latent() * self.model.input()];
        self.passes.decode(z, condition, &mut out)?;
        Ok(out)
    }

    /// −log p(x|z) of each code in nats, constants included.
    ///
    /// # Shapes
    /// z (n·L, d), x (n, D), condition (n·L, C) → (n·L); row r of z belongs to row r / L of x
    ///
    /// # Errors
    /// Same as [`Forward::encode`].
    pub fn reconstruction(&self, z: &[f32], x: &[f32], condition: Option<&[f32]>) -> Result<Vec<f64>> {
        let mut sums = vec![0.0; z.len() / self.model.latent()];
        if !sums.is_empty() {
            self.passes.reconstruction(z, x, condition, &mut sums)?;
        }
        Ok(sums)
    }

    /// Contribution of each value of x to −log p(x|z), at one code per example, given the likelihood's own parameter.
    ///
    /// # Shapes
    /// z (n, d), x (n, D), condition (n, C) → (n, D)
    ///
    /// # Errors
    /// Same as [`Forward::encode`].
    pub fn reconstruction_map(
        &self,
        z: &[f32],
        x: &[f32],
        condition: Option<&[f32]>,
        parameter: Option<f32>,
    ) -> Result<Vec<f32>> {
        let shape = (x.len() / self.model.input(), self.model.input());
        let output = Tensor::from_vec(self.decode(z, condition)?, shape, &Device::Cpu)?;
        let x = Tensor::from_slice(x, shape, &Device::Cpu)?;
        let parameter = parameter.map(|value| Tensor::from_slice(&[value], 1, &Device::Cpu)).transpose()?;
        Ok(values_f32(&self.model.likelihood().each(&output, &x, parameter.as_ref())?)?)
    }
}
