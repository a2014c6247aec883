//! N(μ, diag σ²) with s = ln σ²: KL = ½(h² + e^s − 1 − s), the paper's eq. 10.
use std::f64::consts::TAU;

use candle_core::{Result, Tensor};
use vae_kernels::elementary::exp;

use super::{Encoding, FamilyRules, RawScale};
use crate::nn::ops;

pub(super) struct Gaussian;

impl FamilyRules for Gaussian {
    fn scale_head(&self) -> Option<&'static str> {
        Some("log_var")
    }

    fn noise(&self) -> vae_kernels::Family {
        vae_kernels::Family::Gaussian
    }

    fn standard_deviation(&self) -> f64 {
        1.0
    }

    fn loc_and_scale(&self, h: f32, s: f32) -> (f32, f32) {
        (h, exp(0.5 * s))
    }

    fn kl(&self, h: f64, s: f64) -> f64 {
        0.5 * (h * h + (s.exp_m1() - s))
    }

    fn log_ratio(&self, s: f64, epsilon: f64, u: f64) -> f64 {
        0.5 * (epsilon * epsilon + s - u * u)
    }

    fn raw_scale(&self, encoding: &Encoding) -> RawScale {
        RawScale::LogVar(encoding.raw_scales_plus(2.0 * encoding.latent.prior.scale.ln()))
    }

    fn loc_and_scale_of(&self, h: &Tensor, s: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((h.clone(), (s * 0.5)?.exp()?))
    }

    fn log_scale_of(&self, s: &Tensor) -> Result<Tensor> {
        s * 0.5
    }

    fn kl_of(&self, h: &Tensor, s: &Tensor) -> Result<Tensor> {
        (h.sqr()? + (ops::exp_m1(s)? - s)?)? * 0.5
    }

    fn log_standard(&self, u: &Tensor) -> Result<Tensor> {
        u.sqr()?.affine(-0.5, -0.5 * TAU.ln())
    }
}
