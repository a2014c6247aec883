//! N(x̂, σ²·I) with x̂ the decoder's output: ½(x − x̂)²/σ² + ½ ln 2πσ² of each value.
use std::f64::consts::TAU;

use candle_core::{Result, Tensor};
use vae_kernels::Key;
use vae_kernels::noise::fill_normals;

use super::LikelihoodRules;

/// The one scalar σ² of the gaussian likelihood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Variance {
    /// Given.
    Fixed(f64),
    /// Found by training: its logarithm is a parameter, 0 at the start.
    Learned,
}

impl LikelihoodRules for Variance {
    fn name(&self) -> &'static str {
        "gaussian"
    }

    fn needs_unit_interval(&self) -> bool {
        false
    }

    fn is_normalised(&self, _: bool) -> bool {
        true
    }

    fn parameter(&self) -> Option<&'static str> {
        matches!(self, Self::Learned).then_some("log_variance")
    }

    fn negative_log(&self, a: &Tensor, x: &Tensor, log_variance: Option<&Tensor>) -> Result<Tensor> {
        let square = a.broadcast_sub(x)?.sqr()?;
        match (self, log_variance) {
            (Self::Fixed(variance), _) => square.affine(0.5 / variance, 0.5 * (TAU * variance).ln()),
            (Self::Learned, Some(s)) => {
                let scaled = (square * 0.5)?.broadcast_mul(&s.neg()?.exp()?)?;
                scaled.broadcast_add(&s.affine(0.5, 0.5 * TAU.ln())?)
            }
            (Self::Learned, None) => candle_core::bail!("a learned variance has a parameter"),
        }
    }

    fn mean(&self, _: &mut [f32]) {}

    fn variance(&self, log_variance: Option<f64>) -> Option<f64> {
        match self {
            Self::Fixed(variance) => Some(*variance),
            Self::Learned => log_variance.map(f64::exp),
        }
    }

    fn sample(&self, mean: &mut [f32], d: usize, variance: Option<f64>, key: Key, first: u64) {
        add_noise(mean, d, variance.unwrap_or(1.0), key, first);
    }
}

/// Adds N(0, variance) to each value of rows of D, those of an example at its own step of the key.
pub(super) fn add_noise(mean: &mut [f32], d: usize, variance: f64, key: Key, first: u64) {
    let (deviation, mut epsilon) = (variance.sqrt() as f32, vec![0.0; d]);
    for (example, x) in (first..).zip(mean.chunks_exact_mut(d)) {
        fill_normals(key, example, 0, d, &mut epsilon);
        x.iter_mut().zip(&epsilon).for_each(|(x, e)| *x += deviation * e);
    }
}
