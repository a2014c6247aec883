//! Laplace(μ, b) in each dimension with s = ln b: KL = −ln b + |h| + b·e^(−|h|/b) − 1.
use std::f64::consts::LN_2;

use candle_core::{Result, Tensor};
use vae_kernels::elementary::exp;

use super::{Encoding, FamilyRules, Spread};
use crate::nn::ops;

/// |h|/b from here on counts as this: e^−t has long reached 0, and no float overflows.
const FAR: f64 = 1e4;
/// ln b from here down counts as this where it divides, so that b² is no 0 in floats.
const NARROW: f64 = -40.0;

pub(super) struct Laplace;

impl FamilyRules for Laplace {
    fn scale_head(&self) -> Option<&'static str> {
        Some("log_scale")
    }

    fn noise(&self) -> vae_kernels::Family {
        vae_kernels::Family::Laplace
    }

    fn standard_deviation(&self) -> f64 {
        2f64.sqrt()
    }

    fn loc_and_scale(&self, h: f32, s: f32) -> (f32, f32) {
        (h, exp(s))
    }

    fn kl(&self, h: f64, s: f64) -> f64 {
        let b = s.exp();
        let t = if b > 0.0 { (h.abs() / b).min(FAR) } else { FAR };
        (s.exp_m1() - s) + (h.abs() + b * (-t).exp_m1())
    }

    fn log_ratio(&self, s: f64, epsilon: f64, u: f64) -> f64 {
        epsilon.abs() + s - u.abs()
    }

    fn spread(&self, encoding: &Encoding) -> Spread {
        Spread::LogScale(encoding.raw_scales_plus(encoding.latent.prior.scale.ln()))
    }

    fn loc_and_scale_of(&self, h: &Tensor, s: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((h.clone(), s.exp()?))
    }

    fn log_scale_of(&self, s: &Tensor) -> Result<Tensor> {
        Ok(s.clone())
    }

    fn kl_of(&self, h: &Tensor, s: &Tensor) -> Result<Tensor> {
        let (h, b) = (ops::magnitude(h)?, s.maximum(NARROW)?.exp()?);
        let tail = ops::exp_m1(&(&h / &b)?.minimum(FAR)?.neg()?)?;
        (ops::exp_m1(s)? - s)? + (h + (b * tail)?)?
    }

    fn log_standard(&self, u: &Tensor) -> Result<Tensor> {
        ops::magnitude(u)?.affine(-1.0, -LN_2)
    }
}
