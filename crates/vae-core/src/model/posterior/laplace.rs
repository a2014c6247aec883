//! Laplace(μ, b) in each dimension with s = ln b: KL = −ln b + |h| + b·e^(−|h|/b) − 1.
use std::f64::consts::LN_2;

use candle_core::{Result, Tensor};
use vae_kernels::elementary::exp;

use super::{Encoding, FamilyRules, RawScale};
use crate::nn::ops;

/// Upper limit of |h|/b: e^−t is already 0 here, and no float overflows.
const MAX_RATIO: f64 = 1e4;
/// Lower limit of ln b in divisions, so that b² does not underflow to 0.
const MIN_LOG_SCALE: f64 = -40.0;

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
        let t = if b > 0.0 { (h.abs() / b).min(MAX_RATIO) } else { MAX_RATIO };
        (s.exp_m1() - s) + (h.abs() + b * (-t).exp_m1())
    }

    fn log_ratio(&self, s: f64, epsilon: f64, u: f64) -> f64 {
        epsilon.abs() + s - u.abs()
    }

    fn raw_scale(&self, encoding: &Encoding) -> RawScale {
        RawScale::LogScale(encoding.raw_scales_plus(encoding.latent.prior.scale.ln()))
    }

    fn loc_and_scale_of(&self, h: &Tensor, s: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((h.clone(), s.exp()?))
    }

    fn log_scale_of(&self, s: &Tensor) -> Result<Tensor> {
        Ok(s.clone())
    }

    fn kl_of(&self, h: &Tensor, s: &Tensor) -> Result<Tensor> {
        let h = ops::magnitude(h)?;
        let b = s.maximum(MIN_LOG_SCALE)?.exp()?;
        let tail = ops::exp_m1(&(&h / &b)?.minimum(MAX_RATIO)?.neg()?)?;
        (ops::exp_m1(s)? - s)? + (h + (b * tail)?)?
    }

    fn log_standard(&self, u: &Tensor) -> Result<Tensor> {
        ops::magnitude(u)?.affine(-1.0, -LN_2)
    }
}
