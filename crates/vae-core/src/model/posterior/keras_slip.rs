//! The slip of many Keras posts on VAEs, kept so that what they train can be trained again.
//!
//! They draw z = μ + exp(z_log_sigma)·ε, so that z_log_sigma is ln σ; but they write the KL as
//! −½ Σ (1 + z_log_sigma − μ² − exp(z_log_sigma)), which takes the same number for ln σ². The draw has the right σ, the KL the
//! wrong one. Here s = ln σ², so that their number is s/2, and a dimension costs
//!
//! ```text
//! slip = ½(h² + e^(s/2) − 1 − s/2) = ½(h² + σ − 1 − ln σ)      ∂/∂h = h      ∂/∂s = ¼(e^(s/2) − 1)
//! ```
//!
//! which is the closed form at (h, s/2). It is not a KL, but like it never below 0, and 0 only at the prior. A small σ costs
//! half of what it should, −¼ s instead of −½ s; near the prior it is a quarter, s²/16 instead of s²/4.
use candle_core::{Result, Tensor};

use super::{Encoding, Posterior};

impl Posterior {
    /// What stands for the KL of each example and dimension, (B, d). Of a gaussian posterior.
    pub fn keras_slip(&self) -> Result<Tensor> {
        let s = self.s.as_ref().map(|s| s * 0.5).transpose()?;
        Self { s, ..self.clone() }.kl()
    }
}

impl Encoding {
    /// What stands for the KL of each example and dimension, (n, d). Of a gaussian posterior.
    pub fn keras_slip(&self) -> Vec<f64> {
        let s = self.s.as_ref().map(|s| s.iter().map(|s| 0.5 * s).collect());
        Self { s, ..self.clone() }.kl()
    }
}
