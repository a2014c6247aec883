//! Fully connected networks: affine layers with a nonlinearity between them; the decoder mirrors the encoder.
use candle_core::{Result, Tensor};

use super::architecture::Architecture;
use super::network::Network;
use crate::nn::activation::Activation;
use crate::nn::linear::Linear;
use crate::nn::parameters::{Layout, Vars};

/// The layers of both networks.
#[derive(Debug, Clone)]
pub struct MlpNet {
    /// The nonlinearity after each hidden layer.
    pub activation: Activation,
    /// The encoder's hidden layers.
    pub encoder: Vec<Linear>,
    /// The encoder's output: h and, unless q(z|x) is a point, s.
    pub heads: Vec<Linear>,
    /// The decoder's hidden layers.
    pub decoder: Vec<Linear>,
    /// The decoder's output.
    pub output: Linear,
}

impl MlpNet {
    /// Adds the layers of these widths to the layout. A condition is concatenated to x and to z.
    pub fn new(layout: &mut Layout, architecture: &Architecture) -> Self {
        let Architecture { shape, latent, condition, activation, hidden, .. } = architecture;
        let (encoder, top) = stack(layout, "encoder", shape.size() + condition, hidden.iter().copied());
        let heads = architecture.head_names().map(|name| Linear::new(layout, &format!("encoder.{name}"), top, *latent));
        let heads = heads.collect();
        let (decoder, top) = stack(layout, "decoder", latent + condition, hidden.iter().rev().copied());
        let output = Linear::new(layout, "decoder.output", top, shape.size());
        Self { activation: *activation, encoder, heads, decoder, output }
    }

    fn hidden(&self, layers: &[Linear], x: &Tensor, vars: &Vars) -> Result<Tensor> {
        layers.iter().try_fold(x.clone(), |h, layer| self.activation.forward(&layer.forward(&h, vars)?))
    }
}

impl Network for MlpNet {
    fn encode(&self, x: &Tensor, condition: Option<&Tensor>, vars: &Vars) -> Result<Vec<Tensor>> {
        let top = self.hidden(&self.encoder, &beside(x, condition)?, vars)?;
        self.heads.iter().map(|head| head.forward(&top, vars)).collect()
    }

    fn decode(&self, z: &Tensor, condition: Option<&Tensor>, vars: &Vars) -> Result<Tensor> {
        self.output.forward(&self.hidden(&self.decoder, &beside(z, condition)?, vars)?, vars)
    }

    fn activations(&self) -> usize {
        let layers = self.encoder.iter().chain(&self.heads).chain(&self.decoder);
        self.output.fan_out() + layers.map(Linear::fan_out).sum::<usize>()
    }
}

/// Hidden layers of these sizes on top of `fan_in` inputs, and the size of the last.
pub(super) fn stack(
    layout: &mut Layout,
    part: &str,
    mut fan_in: usize,
    sizes: impl Iterator<Item = usize>,
) -> (Vec<Linear>, usize) {
    let mut layers = Vec::new();
    for (i, size) in sizes.enumerate() {
        layers.push(Linear::new(layout, &format!("{part}.hidden.{i}"), fan_in, size));
        fan_in = size;
    }
    (layers, fan_in)
}

/// Concatenates x (rows, D) and its condition (rows, C), if there is one.
pub(super) fn beside(x: &Tensor, condition: Option<&Tensor>) -> Result<Tensor> {
    match condition {
        Some(condition) => Tensor::cat(&[x, condition], 1),
        None => Ok(x.clone()),
    }
}
