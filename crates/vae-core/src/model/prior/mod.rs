//! The prior p(z) of latent codes. It may need the encoder (pseudo-inputs), and need not factorise over dimensions.
use candle_core::{Result, Tensor};
use vae_kernels::noise::Key;

use super::nats::Nats;
use super::posterior::Posterior;
use crate::nn::parameters::Vars;

mod location_scale;
mod standard;

pub use location_scale::LocationScale;
pub use standard::Standard;

/// p(z).
pub trait Prior: std::fmt::Debug + Send + Sync {
    /// ln p(z) of each row.
    ///
    /// # Shapes
    /// z (rows, d)
    ///
    /// # Errors
    /// Those of the device.
    fn log_prob(&self, z: &Tensor, given: &Given) -> Result<Nats>;

    /// KL(q ‖ p) of each example in closed form; `None` where there is none, and the KL is that of draws.
    ///
    /// # Errors
    /// Those of the device.
    fn kl(&self, _: &Posterior, _: &Given) -> Result<Option<Nats>> {
        Ok(None)
    }

    /// Codes drawn from p(z) at this step under this key.
    ///
    /// # Shapes
    /// → (rows, d)
    ///
    /// # Errors
    /// Those of the device.
    fn sample(&self, key: Key, step: u64, rows: usize, given: &Given) -> Result<Tensor>;

    /// Whether it is the standard member of the posterior's family, in its frame: the only one that the kernels know.
    fn is_standard(&self) -> bool {
        false
    }
}

/// What a prior may depend on besides z.
pub struct Given<'a> {
    /// d, the numbers of a latent code.
    pub latent: usize,
    /// θ, with the prior's own parameters.
    pub vars: &'a Vars,
    /// The condition of each example or draw, (B, C).
    pub condition: Option<&'a Tensor>,
    /// The encoder, on θ as it stands.
    pub encode: &'a Encoder<'a>,
}

/// x (K, D), condition (K, C) → q(z|x).
pub type Encoder<'a> = dyn Fn(&Tensor, Option<&Tensor>) -> Result<Posterior> + 'a;
