//! U on an interval inside the prior's, of w = σ(s) times its width: KL = −ln w.
use std::f64::consts::LN_2;

use candle_core::{Result, Tensor};
use vae_kernels::elementary::{sigmoid, tanh};

use super::{Encoding, FamilyRules, RawScale};
use crate::nn::ops;

pub(super) struct Uniform;

impl FamilyRules for Uniform {
    fn scale_head(&self) -> Option<&'static str> {
        Some("logit_width")
    }

    fn noise(&self) -> vae_kernels::Family {
        vae_kernels::Family::Uniform
    }

    fn standard_deviation(&self) -> f64 {
        3f64.sqrt().recip()
    }

    fn loc_and_scale(&self, h: f32, s: f32) -> (f32, f32) {
        (sigmoid(-s) * tanh(h), sigmoid(s))
    }

    fn kl(&self, _: f64, s: f64) -> f64 {
        ops::softplus_of(-s)
    }

    fn log_ratio(&self, s: f64, _: f64, _: f64) -> f64 {
        -(-s).exp().ln_1p()
    }

    fn raw_scale(&self, encoding: &Encoding) -> RawScale {
        let end = |sign: f32| {
            let ends = encoding.locs_and_scales().map(|(loc, scale)| encoding.latent.at_unit(sign.mul_add(scale, loc)));
            ends.collect()
        };
        RawScale::Interval(end(-1.0), end(1.0))
    }

    fn loc_and_scale_of(&self, h: &Tensor, s: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok(((ops::sigmoid(&s.neg()?)? * h.tanh()?)?, ops::sigmoid(s)?))
    }

    fn log_scale_of(&self, s: &Tensor) -> Result<Tensor> {
        ops::softplus(&s.neg()?)?.neg()
    }

    fn kl_of(&self, _: &Tensor, s: &Tensor) -> Result<Tensor> {
        ops::softplus(&s.neg()?)
    }

    fn log_standard(&self, u: &Tensor) -> Result<Tensor> {
        u.zeros_like()? - LN_2
    }
}
