//! The bug of many Keras posts on VAEs (ln σ in place of ln σ²), kept to reproduce the models trained with it.
//!
//! They draw z = μ + exp(z_log_sigma)·ε, so z_log_sigma is ln σ; but they write the KL as −½ Σ (1 + z_log_sigma − μ² −
//! exp(z_log_sigma)), which takes the same number for ln σ². The draw has the right σ, the KL the wrong one. Here s =
//! ln σ², so their number is s/2, and a dimension costs
//!
//! ```text
//! ½(h² + e^(s/2) − 1 − s/2) = ½(h² + σ − 1 − ln σ)      ∂/∂h = h      ∂/∂s = ¼(e^(s/2) − 1)
//! ```
//!
//! which is the closed form at (h, s/2). It is not a KL, but like one it is never below 0, and 0 only at the prior. A
//! small σ costs half the right amount, −¼ s instead of −½ s; near the prior a quarter, s²/16 instead of s²/4.
use candle_core::Result;

use super::weights::Weights;
use super::{FusedElbo, Objective, Terms, mean_over_examples};
use crate::model::nats::Nats;
use crate::model::pass::Pass;
use crate::model::posterior::Posterior;
use crate::nn::parameters::Vars;

/// The ELBO with the wrong KL; gaussian posterior only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSigmaBug {
    /// L.
    pub draws: usize,
}

/// The term in place of the KL, (B) rows.
///
/// # Errors
/// Device errors.
pub fn wrong_kl(q: &Posterior) -> Result<Nats> {
    let s = q.s.as_ref().map(|s| s * 0.5).transpose()?;
    Posterior { s, ..q.clone() }.kl()
}

impl Objective for LogSigmaBug {
    fn draws(&self) -> usize {
        self.draws
    }

    fn terms(&self, pass: &Pass, weights: Weights, _: Option<&Vars>) -> Result<Terms> {
        Terms::from_bound(pass, &wrong_kl(&pass.q)?, weights)
    }

    fn kl(&self, pass: &Pass) -> Result<f64> {
        mean_over_examples(&wrong_kl(&pass.q)?, pass.examples())
    }

    fn fused(&self) -> std::result::Result<FusedElbo, &'static str> {
        Err("the keras-slip KL has no fused form")
    }
}
