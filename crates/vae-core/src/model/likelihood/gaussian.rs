//! N(x̂, σ²·I) with x̂ the decoder's output: ½(x − x̂)²/σ² + ½ ln 2πσ² per value.
use std::f64::consts::TAU;

use candle_core::{Result, Tensor};
use vae_kernels::noise::fill_normals;
use vae_kernels::{Key, PixelLoss};

use super::{Bounds, LikelihoodRules};
use crate::data::DataStatistics;

/// The one scalar σ² of the gaussian likelihood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Variance {
    /// A fixed number.
    Fixed(f64),
    /// Learned: its logarithm is a parameter, 0 at the start.
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

    fn fused(&self) -> Option<(PixelLoss, f64)> {
        match self {
            Self::Fixed(variance) => Some((PixelLoss::Squared, 0.5 / variance)),
            Self::Learned => Some((PixelLoss::Squared, 0.5)),
        }
    }

    fn bounds(&self, train: &DataStatistics, data: &DataStatistics) -> Bounds {
        let d = train.mean.len() as f64;
        let (variance, is_fixed) = match self {
            Self::Fixed(variance) => (*variance, true),
            // The σ² that a collapsed model learns: the mean squared distance from the mean image.
            Self::Learned => ((train.squared_error(&train.mean) / d).max(f64::MIN_POSITIVE), false),
        };
        let constant = 0.5 * d * (TAU * variance).ln();
        let ceiling = 0.5 * data.squared_error(&train.mean) / variance + constant;
        Bounds { ceiling, floor: is_fixed.then_some(constant) }
    }

    fn collapsed_variances(&self, train: &DataStatistics) -> Vec<f64> {
        let d = train.mean.len();
        let variance = match self {
            Self::Fixed(variance) => *variance,
            Self::Learned => {
                let total = train.square - train.mean.iter().map(|mean| mean * mean).sum::<f64>();
                (total / d as f64).max(f64::MIN_POSITIVE)
            }
        };
        vec![variance; d]
    }
}

/// Adds N(0, variance) to each value of rows of D; each example draws at its own step of the key.
pub(super) fn add_noise(mean: &mut [f32], d: usize, variance: f64, key: Key, first: u64) {
    let deviation = variance.sqrt() as f32;
    let mut epsilon = vec![0.0; d];
    for (example, x) in (first..).zip(mean.chunks_exact_mut(d)) {
        fill_normals(key, example, 0, d, &mut epsilon);
        x.iter_mut().zip(&epsilon).for_each(|(x, e)| *x += deviation * e);
    }
}
