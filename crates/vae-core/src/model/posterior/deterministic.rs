//! A point: z = μ(x), the vanilla autoencoder. It has no density; its KL counts as 0.
use candle_core::{Result, Tensor};

use super::{Encoding, FamilyRules, RawScale};

pub(super) struct Deterministic;

impl FamilyRules for Deterministic {
    fn scale_head(&self) -> Option<&'static str> {
        None
    }

    fn noise(&self) -> vae_kernels::Family {
        vae_kernels::Family::Gaussian
    }

    fn standard_deviation(&self) -> f64 {
        1.0
    }

    fn loc_and_scale(&self, h: f32, _: f32) -> (f32, f32) {
        (h, 0.0)
    }

    fn kl(&self, _: f64, _: f64) -> f64 {
        0.0
    }

    fn log_ratio(&self, _: f64, _: f64, _: f64) -> f64 {
        0.0
    }

    fn raw_scale(&self, _: &Encoding) -> RawScale {
        RawScale::None
    }

    fn loc_and_scale_of(&self, h: &Tensor, s: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((h.clone(), s.zeros_like()?))
    }

    fn log_scale_of(&self, s: &Tensor) -> Result<Tensor> {
        s.zeros_like()
    }

    fn kl_of(&self, h: &Tensor, _: &Tensor) -> Result<Tensor> {
        h.zeros_like()
    }

    fn log_standard(&self, u: &Tensor) -> Result<Tensor> {
        u.zeros_like()
    }
}
