//! The score function (REINFORCE; the paper's section 2.2): z is a constant, and the gradient of ln q(z|x) is weighted
//! by the cost of the draw.
//!
//! The decoder's gradient flows through the reconstruction. The ln q within the cost needs no gradient, as the mean of
//! ∇ ln q is 0.
use candle_core::{Result, Tensor};

use super::weights::Weights;
use super::{FusedElbo, Objective, Terms, sums};
use crate::model::pass::Pass;
use crate::nn::parameters::Vars;

/// The ELBO by the score function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreFunction {
    /// L.
    pub draws: usize,
    /// Set to subtract the mean cost of the other draws (leave-one-out).
    pub baseline: bool,
}

impl Objective for ScoreFunction {
    fn draws(&self) -> usize {
        self.draws
    }

    fn holds_z(&self) -> bool {
        true
    }

    fn terms(&self, pass: &Pass, weights: Weights, _: Option<&Vars>) -> Result<Terms> {
        let log_qz = pass.log_qz()?;
        let kl = log_qz.minus(&pass.log_pz()?)?;
        let cost = (pass.reconstruction.detach() + (kl.per_row()?.detach() * weights.beta)?)?;
        let cost = if self.baseline { leave_one_out(&cost, pass.examples())? } else { cost };
        let surrogate = (pass.reconstruction.mean_all()? + (cost * log_qz.per_row()?)?.mean_all()?)?;
        Ok(Terms { surrogate, own: None, sums: sums(pass, &kl.mean_over_draws(pass.draws())?)? })
    }

    fn fused(&self) -> std::result::Result<FusedElbo, &'static str> {
        Err("the score-function estimator has no fused form")
    }
}

/// The cost of each draw (B·L) minus the mean cost of the example's other draws, or of the batch's other examples if it
/// has only one. The baseline does not depend on the draw, so the mean of the gradient is unchanged.
fn leave_one_out(cost: &Tensor, examples: usize) -> Result<Tensor> {
    let rows = cost.dim(0)?;
    let groups = if rows > examples { (examples, rows / examples) } else { (1, examples) };
    if groups.1 == 1 {
        return Ok(cost.clone());
    }
    let grouped = cost.reshape(groups)?;
    let others = grouped.broadcast_sub(&grouped.mean_keepdim(1)?)? * (groups.1 as f64 / (groups.1 - 1) as f64);
    others?.reshape(rows)
}
