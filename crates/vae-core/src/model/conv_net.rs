//! Convolutional networks for pictures: convolutions that halve the sides, then affine layers; the decoder mirrors the
//! encoder.
use candle_core::{Result, Tensor};

use super::architecture::Architecture;
use super::mlp_net::{beside, stack};
use super::network::Network;
use crate::nn::activation::Activation;
use crate::nn::conv::Conv;
use crate::nn::linear::Linear;
use crate::nn::parameters::{Layout, Vars};

/// The layers of both networks.
#[derive(Debug, Clone)]
pub struct ConvNet {
    activation: Activation,
    /// (channels, height, width) of a picture and after each convolution.
    sizes: Vec<(usize, usize, usize)>,
    convolutions: Vec<Conv>,
    encoder: Vec<Linear>,
    heads: Vec<Linear>,
    decoder: Vec<Linear>,
    transposed: Vec<Conv>,
}

impl ConvNet {
    /// Adds convolutions with these channels and affine layers of these widths to the layout. A condition is
    /// concatenated to the flat picture and to z.
    ///
    /// # Panics
    /// If the examples are not pictures, which the options refuse.
    pub fn new(layout: &mut Layout, architecture: &Architecture, channels: &[usize], dense: &[usize]) -> Self {
        let Architecture { shape, latent, condition, activation, .. } = architecture;
        let (height, width, depth) = shape.picture().unwrap_or((shape.size(), 1, 1));
        let mut sizes = vec![(depth, height, width)];
        for &channels in channels {
            let (_, h, w) = sizes[sizes.len() - 1];
            sizes.push((channels, Conv::halved(h), Conv::halved(w)));
        }
        let (top, h, w) = sizes[sizes.len() - 1];
        let pairs: Vec<_> = sizes.windows(2).map(|pair| (pair[0].0, pair[1].0)).collect();
        let convolution =
            |(i, (from, to)): (usize, &(usize, usize))| Conv::new(layout, &format!("encoder.conv.{i}"), *from, *to);
        let convolutions = pairs.iter().enumerate().map(convolution).collect();
        let flat = top * h * w;
        let (encoder, wide) = stack(layout, "encoder", flat + condition, dense.iter().copied());
        let heads = architecture.head_names();
        let heads = heads.map(|name| Linear::new(layout, &format!("encoder.{name}"), wide, *latent)).collect();
        let widths = dense.iter().rev().copied().chain([flat]);
        let (decoder, _) = stack(layout, "decoder", latent + condition, widths);
        let transposed = pairs.iter().rev().enumerate();
        let transposed = transposed
            .map(|(i, (to, from))| Conv::transposed(layout, &format!("decoder.conv.{i}"), *from, *to))
            .collect();
        Self { activation: *activation, sizes, convolutions, encoder, heads, decoder, transposed }
    }

    fn dense(&self, layers: &[Linear], x: &Tensor, vars: &Vars) -> Result<Tensor> {
        layers.iter().try_fold(x.clone(), |h, layer| self.activation.forward(&layer.forward(&h, vars)?))
    }
}

impl Network for ConvNet {
    fn encode(&self, x: &Tensor, condition: Option<&Tensor>, vars: &Vars) -> Result<Vec<Tensor>> {
        let (rows, (depth, height, width)) = (x.dim(0)?, self.sizes[0]);
        // Pixels are stored channels last; candle expects channels first.
        let mut h = x.reshape((rows, height, width, depth))?.permute((0, 3, 1, 2))?.contiguous()?;
        for (layer, &(_, height, width)) in self.convolutions.iter().zip(&self.sizes[1..]) {
            h = self.activation.forward(&layer.forward(&h, (height, width), vars)?)?;
        }
        let top = self.dense(&self.encoder, &beside(&h.flatten_from(1)?, condition)?, vars)?;
        self.heads.iter().map(|head| head.forward(&top, vars)).collect()
    }

    fn decode(&self, z: &Tensor, condition: Option<&Tensor>, vars: &Vars) -> Result<Tensor> {
        let (rows, (channels, height, width)) = (z.dim(0)?, self.sizes[self.sizes.len() - 1]);
        let mut h =
            self.dense(&self.decoder, &beside(z, condition)?, vars)?.reshape((rows, channels, height, width))?;
        for (i, (layer, &(_, height, width))) in self.transposed.iter().zip(self.sizes.iter().rev().skip(1)).enumerate()
        {
            h = layer.forward(&h, (height, width), vars)?;
            if i + 1 < self.transposed.len() {
                h = self.activation.forward(&h)?;
            }
        }
        h.permute((0, 2, 3, 1))?.contiguous()?.flatten_from(1)
    }

    fn activations(&self) -> usize {
        let pictures: usize = self.sizes.iter().map(|(channels, height, width)| channels * height * width).sum();
        let layers = self.encoder.iter().chain(&self.heads).chain(&self.decoder);
        2 * pictures + layers.map(Linear::fan_out).sum::<usize>()
    }
}
