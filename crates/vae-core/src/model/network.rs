//! The two networks of a VAE: the encoder x → the parameters of q(z|x), and the decoder z → those of p(x|z).
use candle_core::{Result, Tensor};

use super::mlp_net::MlpNet;
use crate::nn::parameters::Vars;

/// An encoder and a decoder; their numbers are in [`Vars`].
///
/// Letters: B examples in a batch, L draws of each, D numbers in an example, d in a latent code, C in a condition.
pub trait Network: std::fmt::Debug + Send + Sync {
    /// The heads of the encoder: h, and s unless q(z|x) is a point.
    ///
    /// # Shapes
    /// x (B, D), condition (B, C) → (B, d) each
    ///
    /// # Errors
    /// Those of the device.
    fn encode(&self, x: &Tensor, condition: Option<&Tensor>, vars: &Vars) -> Result<Vec<Tensor>>;

    /// The parameters of p(x|z): logits, or the mean for the gaussian likelihood.
    ///
    /// # Shapes
    /// z (rows, d), condition (rows, C) → (rows, D)
    ///
    /// # Errors
    /// Those of the device.
    fn decode(&self, z: &Tensor, condition: Option<&Tensor>, vars: &Vars) -> Result<Tensor>;

    /// The count of numbers that both networks put out on the way for one example, for a memory budget.
    fn activations(&self) -> usize;

    /// The fully connected networks that the kernels have a fused form of.
    fn as_mlp(&self) -> Option<&MlpNet> {
        None
    }
}
