//! The evidence lower bound (the paper's eq. 6, estimated as in eq. 10 and 11):
//!
//! ```text
//! ELBO = E_q[log p(x|z)] − KL(q(z|x) ‖ p(z))
//!      ≈ (1/L) Σ_l log p(x|z_l) − KL,   z_l = μ + σ·ε_l,   ε_l ~ N(0, I)
//! loss = reconstruction + β·KL          (eq. 12; β = 1 is −ELBO)
//! ```
use candle_core::Result;

use super::weights::Weights;
use super::{FusedElbo, Objective, Terms};
use crate::model::pass::Pass;
use crate::nn::parameters::Vars;

/// reconstruction + β·KL with reparameterised draws (eq. 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elbo {
    /// L.
    pub draws: usize,
    /// Set to estimate the KL from the draws (eq. 9) instead of in closed form (eq. 11).
    pub monte_carlo: bool,
}

impl Objective for Elbo {
    fn draws(&self) -> usize {
        self.draws
    }

    fn terms(&self, pass: &Pass, weights: Weights, _: Option<&Vars>) -> Result<Terms> {
        let kl = if self.monte_carlo { pass.kl_of_draws()? } else { pass.kl()? };
        Terms::from_bound(pass, &kl, weights)
    }

    fn fused(&self) -> std::result::Result<FusedElbo, &'static str> {
        Ok(FusedElbo { draws: self.draws, monte_carlo: self.monte_carlo })
    }
}
