//! Translates a model and its objective for the kernels, or returns the reason why there is no fused form. The only
//! file that depends on both.
//!
//! The kernels store θ in the plain order, except the weights that read data: these are transposed,
//! `[fan_in][fan_out]`, so that the weights of one pixel are contiguous, and a zero pixel skips whole rows of the
//! weight and its gradient.
use std::any::Any;

use vae_kernels::{Affine, Net, TermSums};

use crate::model::likelihood::Likelihood;
use crate::model::mlp_net::MlpNet;
use crate::model::vae::Vae;
use crate::nn::activation::Activation;
use crate::nn::linear::Linear;
use crate::nn::parameters::{Layout, Slot};
use crate::objective::Objective;
use crate::objective::losses::Sums;

/// Kernel description of a model, and the mapping between the kernels' order of θ and the plain one.
#[derive(Debug, Clone)]
pub(crate) struct FusedNet {
    /// Sizes, offsets in θ, formulas.
    pub(crate) net: Net,
    pub(crate) layout: Layout,
    likelihood: Likelihood,
    /// Slots stored transposed.
    transposed: Vec<usize>,
}

/// Reason for the user why the kernels cannot compute a model or objective.
pub(crate) type Unfused = &'static str;

impl FusedNet {
    /// Translates a model for forward passes.
    pub(crate) fn new(model: &Vae, layout: &Layout) -> Result<Self, Unfused> {
        let network: &dyn Any = model.network();
        let Some(mlp) = network.downcast_ref::<MlpNet>() else { return Err("this network has no fused form") };
        let reads_data = match mlp.encoder.first() {
            Some(first) => vec![*first],
            None => mlp.heads.clone(),
        };
        if reads_data.iter().any(|layer| layer.fan_in() != model.input()) {
            return Err("a model with a condition has no fused form");
        }
        let affine = |layer: &Linear| affine(layout, layer, reads_data.contains(layer));
        let (Some(mean), raw_scale) = (mlp.heads.first(), mlp.heads.get(1)) else {
            return Err("an encoder of one output");
        };
        let (term, factor) = model.likelihood().fused().ok_or("this likelihood has no fused form")?;
        let space = model.latent_space();
        let net = Net {
            encoder: mlp.encoder.iter().map(affine).collect(),
            mean: affine(mean),
            scale_head: raw_scale.map(affine),
            decoder: mlp.decoder.iter().map(affine).collect(),
            output: affine(&mlp.output),
            posterior: vae_kernels::Posterior {
                family: space.family.noise(),
                location: space.prior.location as f32,
                scale: space.prior.scale as f32,
                monte_carlo: false,
            },
            activation: match mlp.activation {
                Activation::Relu => vae_kernels::Activation::Relu,
                Activation::Tanh => vae_kernels::Activation::Tanh,
                Activation::Softplus => vae_kernels::Activation::Softplus,
                Activation::Silu => vae_kernels::Activation::Silu,
                Activation::Identity => vae_kernels::Activation::Identity,
            },
            term,
            factor: factor as f32,
            log_variance: model.likelihood_slot().map(|slot| layout.slots()[slot].offset),
        };
        let transposed = reads_data.iter().map(|layer| layer.slots()[0]).collect();
        Ok(Self { net, layout: layout.clone(), likelihood: model.likelihood(), transposed })
    }

    /// Translates a model with this objective for training steps.
    pub(crate) fn for_training(model: &Vae, layout: &Layout, objective: &dyn Objective) -> Result<Self, Unfused> {
        let elbo = objective.fused()?;
        if !model.prior().is_standard() {
            return Err("this prior has no fused form");
        }
        let mut fused = Self::new(model, layout)?;
        fused.net.posterior.monte_carlo = elbo.monte_carlo;
        Ok(fused)
    }

    /// θ or a moment in the order of the kernels.
    ///
    /// # Shapes
    /// plain (P) → (P)
    pub(crate) fn to_kernels(&self, plain: &[f32]) -> Vec<f32> {
        let mut values = plain.to_vec();
        for slot in self.layout.slots() {
            self.reorder(slot, &plain[slot.range()], &mut values[slot.range()], slot.shape.last().copied());
        }
        values
    }

    /// Copies one tensor out of all values in the order of the kernels, into the plain order.
    pub(crate) fn plain(&self, slot: &Slot, values: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.resize(slot.len(), 0.0);
        self.reorder(slot, &values[slot.range()], out, slot.shape.first().copied());
    }

    /// Copies one tensor in the plain order into all values in the order of the kernels.
    pub(crate) fn set(&self, slot: &Slot, plain: &[f32], values: &mut [f32]) {
        self.reorder(slot, plain, &mut values[slot.range()], slot.shape.last().copied());
    }

    /// All values in the plain order.
    pub(crate) fn to_plain(&self, values: &[f32]) -> Vec<f32> {
        let mut plain = values.to_vec();
        for slot in self.layout.slots() {
            self.reorder(slot, &values[slot.range()], &mut plain[slot.range()], slot.shape.first().copied());
        }
        plain
    }

    /// Copies a tensor as a matrix of `columns` columns, transposed if the kernels store it so.
    fn reorder(&self, slot: &Slot, from: &[f32], to: &mut [f32], columns: Option<usize>) {
        let is_transposed = self.transposed.iter().any(|&index| self.layout.slots()[index].offset == slot.offset);
        match columns {
            Some(columns) if is_transposed => {
                let places = (0..columns).flat_map(|column| (column..from.len()).step_by(columns));
                to.iter_mut().zip(places).for_each(|(to, place)| *to = from[place]);
            }
            _ => to.copy_from_slice(from),
        }
    }

    /// σ² of the gaussian likelihood, given θ in either order; `None` for the others.
    pub(crate) fn variance(&self, theta: &[f32]) -> Option<f64> {
        let parameter = self.net.log_variance.and_then(|at| theta.get(at));
        self.likelihood.variance(parameter.map(|&s| f64::from(s)))
    }

    /// Sums of a batch from the kernels' terms, given the likelihood's own parameter; adds the constant per example,
    /// which the kernels leave out.
    pub(crate) fn sums(&self, terms: TermSums, examples: usize, parameter: Option<f64>) -> Sums {
        let constant = self.negative_log(0.0, self.likelihood.variance(parameter));
        Sums::new(examples, terms.reconstruction + constant * examples as f64, terms.kl)
    }

    /// −log p(x|z) in nats of a row with term `sum`, given σ².
    pub(crate) fn negative_log(&self, sum: f64, variance: Option<f64>) -> f64 {
        let (scale, constant) = match variance {
            Some(variance) => (0.5 / variance, 0.5 * (std::f64::consts::TAU * variance).ln()),
            None => (1.0, 0.0),
        };
        scale * sum + self.net.input() as f64 * constant
    }
}

/// Multiplications and additions in the matrix products of a step; 0 for a model without a fused form.
pub fn step_flops(model: &Vae, layout: &Layout, examples: usize, draws: usize) -> f64 {
    FusedNet::new(model, layout).map_or(0.0, |fused| fused.net.step_flops(examples, draws))
}

fn affine(layout: &Layout, layer: &Linear, reads_data: bool) -> Affine {
    let [weight, bias] = layer.slots().map(|slot| layout.slots()[slot].offset);
    Affine { weight, bias, fan_in: layer.fan_in(), fan_out: layer.fan_out(), reads_data }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Shape;
    use crate::model::architecture::{Architecture, NetworkOptions};
    use crate::objective::elbo::Elbo;
    use crate::objective::score_function::ScoreFunction;

    fn model(
        size: usize,
        (network, hidden): (NetworkOptions, Vec<usize>),
        latent: usize,
        condition: usize,
    ) -> (Vae, Layout) {
        let shape = Shape::new(vec![size, 2]).unwrap();
        Vae::new(&Architecture { condition, network, hidden, ..Architecture::new(shape, latent) })
    }

    fn transposed(hidden: Vec<usize>) -> Vec<String> {
        let (model, layout) = model(3, (NetworkOptions::Mlp, hidden), 2, 0);
        let fused = FusedNet::new(&model, &layout).unwrap();
        fused.transposed.iter().map(|&slot| layout.slots()[slot].name.clone()).collect()
    }

    #[test]
    fn weights_that_read_data_are_stored_transposed() {
        assert_eq!(transposed(vec![5, 4]), ["encoder.hidden.0.weight"]);
        assert_eq!(transposed(vec![5]), ["encoder.hidden.0.weight"]);
        assert_eq!(transposed(vec![]), ["encoder.mean.weight", "encoder.log_var.weight"]);
    }

    #[test]
    fn a_transposed_weight_comes_back() {
        // 4 values of x, d = 3: both heads (3, 4) with their biases, then a decoder (4, 3) with its bias.
        let (model, layout) = model(2, (NetworkOptions::Mlp, vec![]), 3, 0);
        let fused = FusedNet::new(&model, &layout).unwrap();
        let plain: Vec<f32> = (0u8..46).map(f32::from).collect();
        assert_eq!(layout.len(), plain.len());
        let kernels = fused.to_kernels(&plain);
        assert_eq!(kernels[..12], [0.0, 4.0, 8.0, 1.0, 5.0, 9.0, 2.0, 6.0, 10.0, 3.0, 7.0, 11.0]);
        assert_eq!(kernels[12..15], [12.0, 13.0, 14.0]);
        assert_eq!(kernels[30..], plain[30..]);
        assert_eq!(fused.to_plain(&kernels), plain);
        let mut one = Vec::new();
        let mut all = vec![0.0; plain.len()];
        for slot in layout.slots() {
            fused.plain(slot, &kernels, &mut one);
            assert_eq!(one, plain[slot.range()], "{}", slot.name);
            fused.set(slot, &one, &mut all);
        }
        assert_eq!(all, kernels);
    }

    #[test]
    fn a_model_without_a_fused_form_has_a_reason() {
        let elbo = Elbo { draws: 1, monte_carlo: false };
        let reason = |(model, layout): (Vae, Layout), objective: &dyn Objective| {
            FusedNet::for_training(&model, &layout, objective).err()
        };
        let mlp = || (NetworkOptions::Mlp, vec![5]);
        assert_eq!(reason(model(3, mlp(), 2, 0), &elbo), None);
        assert_eq!(reason(model(3, mlp(), 2, 4), &elbo), Some("a model with a condition has no fused form"));
        let convolutional = NetworkOptions::Convolutional { channels: vec![2], dense: vec![] };
        assert_eq!(reason(model(3, (convolutional, vec![]), 2, 0), &elbo), Some("this network has no fused form"));
        let score = ScoreFunction { draws: 1, baseline: false };
        assert_eq!(reason(model(3, mlp(), 2, 0), &score), Some("the score-function estimator has no fused form"));
    }
}
