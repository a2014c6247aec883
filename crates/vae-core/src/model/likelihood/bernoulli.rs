//! Independent Bernoulli pixels with p = σ(a): −x ln σ(a) − (1 − x) ln(1 − σ(a)) = softplus(a) − a·x.
use candle_core::{Result, Tensor};
use vae_kernels::noise::bernoulli;
use vae_kernels::{Key, PixelLoss};

use super::{Bounds, LikelihoodRules};
use crate::data::DataStatistics;
use crate::nn::ops;

pub(super) struct Bernoulli;

impl LikelihoodRules for Bernoulli {
    fn name(&self) -> &'static str {
        "bernoulli"
    }

    fn needs_unit_interval(&self) -> bool {
        true
    }

    fn is_normalised(&self, binary: bool) -> bool {
        binary
    }

    fn negative_log(&self, a: &Tensor, x: &Tensor, _: Option<&Tensor>) -> Result<Tensor> {
        // Computed from the logit, so that no logarithm receives a 0.
        ops::softplus(a)? - a.broadcast_mul(x)?
    }

    fn mean(&self, output: &mut [f32]) {
        output.iter_mut().for_each(|logit| *logit = ops::sigmoid_of(*logit));
    }

    fn sample(&self, mean: &mut [f32], d: usize, _: Option<f64>, key: Key, first: u64) {
        for (example, x) in (first..).zip(mean.chunks_exact_mut(d)) {
            bernoulli(key, example, 0, x);
        }
    }

    fn fused(&self) -> Option<(PixelLoss, f64)> {
        Some((PixelLoss::CrossEntropy, 1.0))
    }

    fn bounds(&self, train: &DataStatistics, data: &DataStatistics) -> Bounds {
        // Clipped like an f32 sigmoid, so that a pixel that is always 0 in training has a finite cost.
        let p = train.mean.iter().map(|p| p.clamp(1e-7, 1.0 - 1e-7));
        let term = |(x, p): (&f64, f64)| -(x * p.ln() + (1.0 - x) * (1.0 - p).ln());
        Bounds { ceiling: data.mean.iter().zip(p).map(term).sum(), floor: Some(data.entropy) }
    }

    fn collapsed_variances(&self, train: &DataStatistics) -> Vec<f64> {
        let variance = |p: &f64| if *p > 0.0 && *p < 1.0 { p * (1.0 - p) } else { 0.0 };
        train.mean.iter().map(variance).collect()
    }
}
