//! The importance-weighted bound (Burda et al. 2016, eq. 8), with K = L draws:
//!
//! ```text
//! L_K = E log 1/K Σ_k w_k,   w_k = p(x|z_k)·p(z_k)/q(z_k|x),   w̃ = softmax_k ln w
//! ```
//!
//! Its gradient by reparameterisation is Σ w̃_k ∇ ln w_k. The doubly reparameterised one (Tucker et al. 2019, eq. 8)
//! holds the parameters of q in ln q and scales the gradient from z into the encoder by w̃_k²; it is unbiased too, and
//! 0 where q is exact. The decoder's gradient is Σ w̃_k ∇ ln p(x, z_k) in both.
use candle_core::{D, Result, Tensor};

use super::weights::Weights;
use super::{FusedElbo, Objective, Terms};
use crate::model::pass::Pass;
use crate::nn::parameters::Vars;

/// −L_K.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportanceWeighted {
    /// K.
    pub draws: usize,
    /// Set for the doubly reparameterised gradient of the encoder.
    pub doubly: bool,
}

impl Objective for ImportanceWeighted {
    fn draws(&self) -> usize {
        self.draws
    }

    fn terms(&self, pass: &Pass, _: Weights, _: Option<&Vars>) -> Result<Terms> {
        let kl = pass.kl_of_draws()?; // reported, like the ELBO of one draw; the bound has no separate KL
        let log_w = ((pass.log_px()? + pass.log_pz()?.per_row()?)? - pass.log_qz()?.per_row()?)?;
        let log_w = log_w.reshape((pass.examples(), self.draws))?;
        let loss = ((log_w.log_sum_exp(1)? - (self.draws as f64).ln())?.mean_all()?).neg()?;
        let surrogate = if self.doubly { self.doubly_reparameterized(pass, &log_w.detach())? } else { loss.clone() };
        Terms::from_loss(pass, surrogate, &loss, &kl)
    }

    fn fused(&self) -> std::result::Result<FusedElbo, &'static str> {
        Err("the importance-weighted bound has no fused form")
    }
}

impl ImportanceWeighted {
    /// −mean Σ_k w̃_k ln w_k at z′, which equals z and scales its gradient by w̃.
    fn doubly_reparameterized(&self, pass: &Pass, log_w: &Tensor) -> Result<Tensor> {
        let w = softmax(log_w)?.flatten_all()?;
        let column = w.unsqueeze(1)?;
        let scaled = pass.z.broadcast_mul(&column)?;
        let z = (&scaled + (&pass.z - &scaled)?.detach())?;
        let log_q = pass.q.detached().log_prob(&z)?.per_row()?;
        let log_w = ((pass.log_px_at(&z)? + pass.log_pz_at(&z)?.per_row()?)? - log_q)?;
        ((w * log_w)?.sum_all()? / pass.examples() as f64)?.neg()
    }
}

/// softmax over the last dimension.
fn softmax(log_w: &Tensor) -> Result<Tensor> {
    let exp = log_w.broadcast_sub(&log_w.max_keepdim(D::Minus1)?)?.exp()?;
    exp.broadcast_div(&exp.sum_keepdim(D::Minus1)?)
}
