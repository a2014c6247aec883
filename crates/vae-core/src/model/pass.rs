//! One forward pass over a batch: all that an objective reads.
use candle_core::{Result, Tensor};

use super::nats::Nats;
use super::posterior::Posterior;
use super::vae::Vae;
use crate::nn::ops::repeat_rows;
use crate::nn::parameters::Vars;

/// Examples x (B, D), and their condition (B, C) if the model has one.
#[derive(Debug, Clone)]
pub struct Batch {
    /// (B, D)
    pub x: Tensor,
    /// (B, C)
    pub condition: Option<Tensor>,
}

impl Batch {
    /// Examples without a condition.
    pub fn new(x: Tensor) -> Self {
        Self { x, condition: None }
    }
}

/// Context of a batch in its data set.
pub struct Surroundings<'a> {
    /// N, the number of examples in the training set.
    pub population: usize,
    /// Another batch of the same size, drawn independently, for an objective that compares two.
    pub second_batch: &'a (dyn Fn() -> Result<Batch> + Sync),
}

/// x → q(z|x) → z → p(x|z), with L draws of z for each example.
pub struct Pass<'a> {
    /// The model.
    pub model: &'a Vae,
    /// θ.
    pub vars: &'a Vars,
    /// The examples.
    pub batch: &'a Batch,
    /// Their context.
    pub surroundings: &'a Surroundings<'a>,
    /// q(z|x).
    pub q: Posterior,
    /// ε, (B·L, d).
    pub epsilon: &'a Tensor,
    /// z, (B·L, d), row b·L + l being draw l of example b.
    pub z: Tensor,
    /// Set when z is held constant: no gradient flows through it to q.
    pub holds_z: bool,
    /// −log p(x|z) of each draw, (B·L).
    pub reconstruction: Tensor,
}

impl<'a> Pass<'a> {
    /// Runs the forward pass with noise ε (B·L, d); with `holds_z`, z is a constant.
    ///
    /// # Errors
    /// Device errors.
    pub fn new(
        model: &'a Vae,
        vars: &'a Vars,
        batch: &'a Batch,
        epsilon: &'a Tensor,
        holds_z: bool,
        surroundings: &'a Surroundings<'a>,
    ) -> Result<Self> {
        let q = model.encode(&batch.x, batch.condition.as_ref(), vars)?;
        let z = q.sample(epsilon)?;
        let z = if holds_z { z.detach() } else { z };
        let reconstruction = reconstruct(model, vars, batch, &z)?;
        Ok(Self { model, vars, batch, surroundings, q, epsilon, z, holds_z, reconstruction })
    }

    /// B.
    pub fn examples(&self) -> usize {
        self.batch.x.dims()[0]
    }

    /// L.
    pub fn draws(&self) -> usize {
        self.z.dims()[0] / self.examples()
    }

    /// log p(x|z) of each draw, (B·L).
    ///
    /// # Errors
    /// Device errors.
    pub fn log_px(&self) -> Result<Tensor> {
        self.reconstruction.neg()
    }

    /// log p(x|z) of each row for other codes z (B·L, d).
    ///
    /// # Errors
    /// Device errors.
    pub fn log_px_at(&self, z: &Tensor) -> Result<Tensor> {
        reconstruct(self.model, self.vars, self.batch, z)?.neg()
    }

    /// ln q(z|x) of each draw, (B·L) rows.
    ///
    /// # Errors
    /// Device errors.
    pub fn log_qz(&self) -> Result<Nats> {
        if self.holds_z { self.q.log_prob(&self.z) } else { self.q.log_prob_of_draws(self.epsilon) }
    }

    /// ln p(z) of each draw, (B·L) rows.
    ///
    /// # Errors
    /// Device errors.
    pub fn log_pz(&self) -> Result<Nats> {
        self.log_pz_at(&self.z)
    }

    /// ln p(z) of other codes (B·L, d).
    ///
    /// # Errors
    /// Device errors.
    pub fn log_pz_at(&self, z: &Tensor) -> Result<Nats> {
        self.model.with_prior(self.vars, self.batch.condition.as_ref(), |prior, given| prior.log_prob(z, given))
    }

    /// KL(q(z|x) ‖ p(z)) of each example in closed form (eq. 11), else estimated from its draws; (B) rows.
    ///
    /// # Errors
    /// Device errors.
    pub fn kl(&self) -> Result<Nats> {
        let condition = self.batch.condition.as_ref();
        match self.model.with_prior(self.vars, condition, |prior, given| prior.kl(&self.q, given))? {
            Some(kl) => Ok(kl),
            None => self.kl_of_draws(),
        }
    }

    /// ln q(z|x) − ln p(z), mean over the draws of each example (eq. 9); (B) rows.
    ///
    /// # Errors
    /// Device errors.
    pub fn kl_of_draws(&self) -> Result<Nats> {
        self.log_qz()?.minus(&self.log_pz()?)?.mean_over_draws(self.draws())
    }
}

/// −log p(x|z) of each row of z (B·L, d).
fn reconstruct(model: &Vae, vars: &Vars, batch: &Batch, z: &Tensor) -> Result<Tensor> {
    let draws = z.dim(0)? / batch.x.dim(0)?;
    let condition = batch.condition.as_ref().map(|condition| repeat_rows(condition, draws)).transpose()?;
    model.reconstruction(&model.decode(z, condition.as_ref(), vars)?, &batch.x, vars)
}
