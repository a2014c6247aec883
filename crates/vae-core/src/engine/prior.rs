//! Prior of a model with the current parameters: divergences, densities and draws, as numbers. The standard prior of
//! the posterior's own family has scalar formulas; any other prior is computed on the reference engine's tensors.
use candle_core::Tensor;
use vae_kernels::noise::Key;

use super::forward::Forward;
use crate::base::error::Result;
use crate::model::nats::Nats;
use crate::model::posterior::{Encoding, Posterior};
use crate::model::prior::{Given, Prior};
use crate::nn::ops::{values_f32, values_f64};
use crate::nn::parameters::Vars;

/// q(z|x), ε (n·L, d), L and the condition (n, C) as tensors.
struct Draws<'a> {
    vars: &'a Vars,
    q: Posterior,
    epsilon: Tensor,
    draws: usize,
    condition: Option<Tensor>,
}

impl Forward {
    /// KL(q(z|x) ‖ p(z)) of each example in nats, per dimension if the prior has such terms. Without a closed form: the
    /// mean over the draws given by ε.
    ///
    /// # Shapes
    /// ε (n·L, d), condition (n, C) → (n, d), or (n)
    ///
    /// # Errors
    /// Device errors.
    pub(crate) fn kl(&self, q: &Encoding, epsilon: &[f32], condition: Option<&[f32]>) -> Result<Vec<f64>> {
        let Some(on) = self.draws(q, epsilon, condition)? else { return Ok(q.kl()) };
        let closed = self.model().with_prior(on.vars, on.condition.as_ref(), |prior, given| prior.kl(&on.q, given))?;
        let kl = match closed {
            Some(kl) => kl,
            None => self.log_qz_minus_log_pz(&on)?.mean_over_draws(on.draws)?,
        };
        Ok(match kl {
            Nats::PerDimension(terms) | Nats::PerRow(terms) => values_f64(&terms)?,
        })
    }

    /// ln p(z) − ln q(z|x) of each draw given by ε.
    ///
    /// # Shapes
    /// ε (n·L, d), condition (n, C) → (n·L)
    ///
    /// # Errors
    /// Device errors.
    pub(crate) fn log_ratio(&self, q: &Encoding, epsilon: &[f32], condition: Option<&[f32]>) -> Result<Vec<f64>> {
        let Some(on) = self.draws(q, epsilon, condition)? else {
            let d = self.model().latent();
            let draws = epsilon.len() / q.h.len();
            return Ok(epsilon.chunks_exact(d).enumerate().map(|(row, e)| q.log_ratio(row / draws, e)).collect());
        };
        Ok(values_f64(&self.log_qz_minus_log_pz(&on)?.per_row()?.neg()?)?)
    }

    /// Draws codes from p(z) at this step under this key.
    ///
    /// # Shapes
    /// condition (rows, C) → (rows, d)
    ///
    /// # Errors
    /// Device errors.
    pub(crate) fn draw(&self, key: Key, step: u64, rows: usize, condition: Option<&[f32]>) -> Result<Vec<f32>> {
        let model = self.model();
        let Some(vars) = self.vars() else { return Ok(model.latent_space().draw(key, step, rows, model.latent())) };
        let condition = condition.map(|values| tensor(values, rows, vars)).transpose()?;
        let draw = |prior: &dyn Prior, given: &Given| prior.sample(key, step, rows, given);
        Ok(values_f32(&model.with_prior(vars, condition.as_ref(), draw)?)?)
    }

    fn draws(&self, q: &Encoding, epsilon: &[f32], condition: Option<&[f32]>) -> Result<Option<Draws<'_>>> {
        let Some(vars) = self.vars() else { return Ok(None) };
        let (n, d) = (q.h.len() / self.model().latent(), self.model().latent());
        let s = q.s.as_ref().map(|s| tensor(s, n, vars)).transpose()?;
        let posterior = Posterior { latent: q.latent, h: tensor(&q.h, n, vars)?, s };
        let condition = condition.map(|values| tensor(values, n, vars)).transpose()?;
        let rows = epsilon.len() / d;
        Ok(Some(Draws { vars, q: posterior, epsilon: tensor(epsilon, rows, vars)?, draws: rows / n, condition }))
    }

    fn log_qz_minus_log_pz(&self, on: &Draws) -> Result<Nats> {
        let z = on.q.sample(&on.epsilon)?;
        let log_pz =
            self.model().with_prior(on.vars, on.condition.as_ref(), |prior, given| prior.log_prob(&z, given))?;
        Ok(on.q.log_prob_of_draws(&on.epsilon)?.minus(&log_pz)?)
    }
}

/// Tensor of `rows` rows on the device of θ.
fn tensor(values: &[f32], rows: usize, vars: &Vars) -> Result<Tensor> {
    Ok(Tensor::from_slice(values, (rows, values.len() / rows.max(1)), vars.get(0).device())?)
}
