//! The two networks of a VAE: the encoder x → parameters of q(z|x), and the decoder z → parameters of p(x|z).
use std::any::Any;

use candle_core::{Result, Tensor};

use crate::nn::parameters::Vars;

/// An encoder and a decoder; their parameters are in [`Vars`].
///
/// Letters: B examples in a batch, L draws of each, D values in an example, d in a latent code, C in a condition.
pub trait Network: Any + std::fmt::Debug + Send + Sync {
    /// The heads of the encoder: h, and s unless q(z|x) is a point.
    ///
    /// # Shapes
    /// x (B, D), condition (B, C) → (B, d) each
    ///
    /// # Errors
    /// Device errors.
    fn encode(&self, x: &Tensor, condition: Option<&Tensor>, vars: &Vars) -> Result<Vec<Tensor>>;

    /// The parameters of p(x|z): logits, or the mean for the gaussian likelihood.
    ///
    /// # Shapes
    /// z (rows, d), condition (rows, C) → (rows, D)
    ///
    /// # Errors
    /// Device errors.
    fn decode(&self, z: &Tensor, condition: Option<&Tensor>, vars: &Vars) -> Result<Tensor>;

    /// Number of activations of both networks for one example, for the memory budget.
    fn activations(&self) -> usize;
}
