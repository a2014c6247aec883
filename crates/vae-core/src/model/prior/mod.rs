//! The prior p(z) of latent codes. It may use the encoder (pseudo-inputs), and need not factorise over dimensions.
use candle_core::{Result, Tensor};
use vae_kernels::noise::Key;

use super::nats::Nats;
use super::posterior::Posterior;
use crate::nn::parameters::Vars;

mod standard;

pub use standard::Standard;

/// p(z).
pub trait Prior: std::fmt::Debug + Send + Sync {
    /// ln p(z) of each row.
    ///
    /// # Shapes
    /// z (rows, d)
    ///
    /// # Errors
    /// Device errors.
    fn log_prob(&self, z: &Tensor, given: &Given) -> Result<Nats>;

    /// KL(q ‖ p) of each example in closed form; `None` if there is none, and the KL is estimated from draws.
    ///
    /// # Errors
    /// Device errors.
    fn kl(&self, _: &Posterior, _: &Given) -> Result<Option<Nats>> {
        Ok(None)
    }

    /// Draws codes from p(z) at `step` of `key`.
    ///
    /// # Shapes
    /// → (rows, d)
    ///
    /// # Errors
    /// Device errors.
    fn sample(&self, key: Key, step: u64, rows: usize, given: &Given) -> Result<Tensor>;

    /// True for the standard member of the posterior's family, in its frame: the only prior that the kernels support.
    fn is_standard(&self) -> bool {
        false
    }
}

/// Inputs of a prior besides z.
pub struct Given<'a> {
    /// d, the size of a latent code.
    pub latent: usize,
    /// θ, with the prior's own parameters.
    pub vars: &'a Vars,
    /// The condition of each example or draw, (B, C).
    pub condition: Option<&'a Tensor>,
    /// The encoder, with the current θ.
    pub encode: &'a Encoder<'a>,
}

/// x (K, D), condition (K, C) → q(z|x).
pub type Encoder<'a> = dyn Fn(&Tensor, Option<&Tensor>) -> Result<Posterior> + 'a;
