//! Independent Bernoulli pixels with p = σ(a): −x ln σ(a) − (1 − x) ln(1 − σ(a)) = softplus(a) − a·x.
use candle_core::{Result, Tensor};
use vae_kernels::Key;
use vae_kernels::noise::bernoulli;

use super::LikelihoodRules;
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
        // From the logit: neither logarithm can see a 0.
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
}
