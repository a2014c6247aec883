//! q(z|x) as tensors, for the gradients of training.
use candle_core::{Result, Tensor};

use super::LatentSpace;
use crate::model::nats::Nats;
use crate::nn::ops::repeat_rows;

/// q(z|x) of a batch.
#[derive(Debug, Clone)]
pub struct Posterior {
    /// Its family and frame.
    pub latent: LatentSpace,
    /// h, (B, d).
    pub h: Tensor,
    /// s, (B, d); `None` when deterministic.
    pub s: Option<Tensor>,
}

impl Posterior {
    /// The reparameterisation (the paper's eq. 8): z = location + scale·(loc + scale_q·ε), L draws of each example.
    ///
    /// # Shapes
    /// ε (B·L, d), row b·L + l → z (B·L, d)
    pub fn sample(&self, epsilon: &Tensor) -> Result<Tensor> {
        let draws = self.draws(epsilon)?;
        let u = match &self.s {
            None => repeat_rows(&self.h, draws)?,
            Some(s) => {
                let (loc, scale) = self.latent.family.rules().loc_and_scale_of(&self.h, s)?;
                (repeat_rows(&loc, draws)? + (repeat_rows(&scale, draws)? * epsilon)?)?
            }
        };
        u.affine(self.latent.prior.scale, self.latent.prior.location)
    }

    /// KL(q(z|x) ‖ p(z)) against the standard prior of its frame in closed form (eq. 11), (B) rows.
    pub fn kl(&self) -> Result<Nats> {
        let kl = match &self.s {
            Some(s) => self.latent.family.rules().kl_of(&self.h, s)?,
            None => self.h.detach().zeros_like()?,
        };
        Ok(Nats::PerDimension(kl))
    }

    /// ln q(z|x) of the draws made with ε, (B·L) rows: the density of ε, divided by the width of q.
    ///
    /// # Shapes
    /// ε (B·L, d)
    pub fn log_prob_of_draws(&self, epsilon: &Tensor) -> Result<Nats> {
        let Some(s) = &self.s else { return Ok(Nats::PerDimension(epsilon.detach().zeros_like()?)) };
        Ok(Nats::PerDimension((self.latent.family.rules().log_standard(epsilon)? - self.log_scale(s, epsilon)?)?))
    }

    /// ln q(z|x) of any codes z, L per example, (B·L) rows.
    ///
    /// # Shapes
    /// z (B·L, d)
    pub fn log_prob(&self, z: &Tensor) -> Result<Nats> {
        let Some(s) = &self.s else { return Ok(Nats::PerDimension(z.detach().zeros_like()?)) };
        let rules = self.latent.family.rules();
        let draws = self.draws(z)?;
        let (loc, scale) = rules.loc_and_scale_of(&self.h, s)?;
        let epsilon = ((self.latent.to_unit(z)? - repeat_rows(&loc, draws)?)? / repeat_rows(&scale, draws)?)?;
        Ok(Nats::PerDimension((rules.log_standard(&epsilon)? - self.log_scale(s, z)?)?))
    }

    /// The same distribution with detached parameters: no gradient flows through them into the encoder.
    pub fn detached(&self) -> Self {
        Self { latent: self.latent, h: self.h.detach(), s: self.s.as_ref().map(Tensor::detach) }
    }

    /// ln of the factor of ε in z, for each draw.
    fn log_scale(&self, s: &Tensor, rows: &Tensor) -> Result<Tensor> {
        let log_scale = self.latent.family.rules().log_scale_of(s)?;
        repeat_rows(&log_scale, self.draws(rows)?)? + self.latent.prior.scale.ln()
    }

    fn draws(&self, rows: &Tensor) -> Result<usize> {
        Ok(rows.dim(0)? / self.h.dim(0)?)
    }
}
