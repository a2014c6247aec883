//! (x − σ(a))², the paper's own reconstruction term: a gaussian with σ² = ½ without its constants.
use candle_core::{Result, Tensor};
use vae_kernels::{Key, PixelLoss};

use super::gaussian::add_noise;
use super::{Bounds, LikelihoodRules};
use crate::data::DataStatistics;
use crate::nn::ops;

pub(super) struct SquaredError;

impl LikelihoodRules for SquaredError {
    fn name(&self) -> &'static str {
        "squared-error"
    }

    fn needs_unit_interval(&self) -> bool {
        true
    }

    fn is_normalised(&self, _: bool) -> bool {
        false
    }

    fn negative_log(&self, a: &Tensor, x: &Tensor, _: Option<&Tensor>) -> Result<Tensor> {
        ops::sigmoid(a)?.broadcast_sub(x)?.sqr()
    }

    fn mean(&self, output: &mut [f32]) {
        output.iter_mut().for_each(|logit| *logit = ops::sigmoid_of(*logit));
    }

    fn sample(&self, mean: &mut [f32], d: usize, _: Option<f64>, key: Key, first: u64) {
        add_noise(mean, d, 0.5, key, first);
    }

    fn fused(&self) -> Option<(PixelLoss, f64)> {
        Some((PixelLoss::SquaredSigmoid, 1.0))
    }

    fn bounds(&self, train: &DataStatistics, data: &DataStatistics) -> Bounds {
        Bounds { ceiling: data.squared_error(&train.mean), floor: Some(0.0) }
    }

    fn collapsed_variances(&self, train: &DataStatistics) -> Vec<f64> {
        vec![0.5; train.mean.len()]
    }
}
