//! The standard member of the posterior's family, shifted and scaled: z = location + scale·u.
use candle_core::{Result, Tensor};
use vae_kernels::noise::Key;

use super::{Given, Prior};
use crate::model::nats::Nats;
use crate::model::posterior::{LatentSpace, Posterior};

/// p(z) in the frame of q(z|x).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standard(pub LatentSpace);

impl Prior for Standard {
    fn log_prob(&self, z: &Tensor, _: &Given) -> Result<Nats> {
        Ok(Nats::PerDimension(self.0.log_standard(z)?))
    }

    fn kl(&self, q: &Posterior, _: &Given) -> Result<Option<Nats>> {
        q.kl().map(Some)
    }

    fn sample(&self, key: Key, step: u64, rows: usize, given: &Given) -> Result<Tensor> {
        let codes = self.0.draw(key, step, rows, given.latent);
        Tensor::from_vec(codes, (rows, given.latent), given.vars.get(0).device())
    }

    fn is_standard(&self) -> bool {
        true
    }
}
