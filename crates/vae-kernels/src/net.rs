//! Description of a model for the kernels: the layout of θ, and the operations on it.
use crate::elementary::{sigmoid, softplus, softplus_and_sigmoid, tanh};
use crate::lanes::{LANES, lanes};
use crate::operands::Offset;
use crate::posterior::Posterior;

/// An affine layer y = W·x + b in θ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Affine {
    /// Offset of W: `[fan_out][fan_in]`, or `[fan_in][fan_out]` for a layer that reads the data.
    pub weight: usize,
    /// Offset of b.
    pub bias: usize,
    /// Inputs.
    pub fan_in: usize,
    /// Outputs.
    pub fan_out: usize,
    /// True if it reads x. W is then transposed, so that a pixel that is 0 in all examples of a tile can be left out of
    /// W's gradient.
    pub reads_data: bool,
}

/// The nonlinearity after each hidden layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// max(0, a), with derivative 0 at 0.
    Relu,
    /// tanh a.
    Tanh,
    /// ln(1 + eᵃ).
    Softplus,
    /// a·σ(a).
    Silu,
    /// a.
    Identity,
}

/// Contribution of one dimension to −log p(x|z), as a function of the decoder's output a and the value x, up to a
/// factor and a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelLoss {
    /// softplus(a) − a·x, the Bernoulli likelihood.
    CrossEntropy,
    /// (σ(a) − x)².
    SquaredSigmoid,
    /// (a − x)².
    Squared,
}

/// The layers of a VAE, its posterior, nonlinearity and likelihood.
#[derive(Debug, Clone, PartialEq)]
pub struct Net {
    /// The encoder's hidden layers.
    pub encoder: Vec<Affine>,
    /// Location of q(z|x): μ, unless it is uniform.
    pub mean: Affine,
    /// Raw scale of q(z|x): ln σ² if it is gaussian; `None` if it is a point.
    pub scale_head: Option<Affine>,
    /// The decoder's hidden layers.
    pub decoder: Vec<Affine>,
    /// h ↦ the parameters of p(x|z).
    pub output: Affine,
    /// q(z|x), and p(z).
    pub posterior: Posterior,
    /// The nonlinearity.
    pub activation: Activation,
    /// The likelihood.
    pub term: PixelLoss,
    /// Weight of a term: −log p(x|z) = factor · Σ term + constant; with a learned σ², factor · e^−s, s = ln σ².
    pub factor: f32,
    /// Offset of the s of a learned σ².
    pub log_variance: Option<usize>,
}

impl Net {
    /// d, the size of a latent code.
    pub fn latent(&self) -> usize {
        self.mean.fan_out
    }

    /// Minimum length of θ.
    pub fn len(&self) -> usize {
        let ends =
            self.layers().flat_map(|layer| [layer.weight + layer.fan_in * layer.fan_out, layer.bias + layer.fan_out]);
        ends.chain(self.log_variance.map(|at| at + 1)).max().unwrap_or(0)
    }

    /// Always false: a layer has at least a bias.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// D, the size of an example.
    pub fn input(&self) -> usize {
        self.output.fan_out
    }

    /// True if each layer takes the output of the one below and no two overlap in θ. The kernels rely on it for their
    /// addresses.
    pub(crate) fn is_sound(&self) -> bool {
        let d = self.latent();
        let heads_fit = stack(&self.encoder, self.input(), true).is_some_and(|top| {
            let is_head =
                |head: &Affine| (head.fan_in, head.fan_out, head.reads_data) == (top, d, self.encoder.is_empty());
            is_head(&self.mean) && self.scale_head.iter().all(is_head)
        });
        let output_fits = stack(&self.decoder, d, false).is_some_and(|top| self.output.fan_in == top);
        let reads_right = !self.output.reads_data;
        heads_fit && output_fits && reads_right && self.lies_apart()
    }

    /// True if every number of θ belongs to one layer only.
    fn lies_apart(&self) -> bool {
        let affine = |layer: &Affine| {
            [(layer.weight, layer.fan_in.checked_mul(layer.fan_out)), (layer.bias, Some(layer.fan_out))]
        };
        let mut parts: Vec<_> = self.layers().flat_map(affine).collect();
        parts.extend(self.log_variance.map(|at| (at, Some(1))));
        parts.sort_unstable();
        let mut free = 0;
        parts.into_iter().all(|(start, length)| {
            let end = length.filter(|&length| length > 0).and_then(|length| start.checked_add(length));
            let fits = start >= free && end.is_some();
            free = end.unwrap_or(free);
            fits
        })
    }

    /// All layers.
    pub(crate) fn layers(&self) -> impl Iterator<Item = &Affine> {
        let heads = std::iter::once(&self.mean).chain(&self.scale_head);
        self.encoder.iter().chain(heads).chain(&self.decoder).chain(std::iter::once(&self.output))
    }

    /// Offsets of the k-th inputs of the product (Wᵤᵀ Wₛᵀ)·(∂μ, ∂s), the gradient of the layer below the heads; `a`
    /// counts from the start of θ.
    pub(crate) fn head_backward(&self) -> Vec<Offset> {
        let heads = std::iter::once(&self.mean).chain(&self.scale_head);
        let rows = heads.flat_map(|head| (0..head.fan_out).map(|k| head.weight + k * head.fan_in));
        rows.enumerate().map(|(k, a)| Offset { a: a as u32, b: (k * LANES) as u32 }).collect()
    }

    /// Outputs of the encoder: μ, and the raw scale if there is one.
    pub(crate) fn head(&self) -> usize {
        self.latent() * if self.scale_head.is_some() { 2 } else { 1 }
    }
}

/// Width on top of hidden layers above `inputs` inputs; `None` if they do not fit onto each other, or one has the wrong
/// `reads_data`: as given for the first, false for the others.
fn stack(layers: &[Affine], inputs: usize, reads_data: bool) -> Option<usize> {
    let mut width = inputs;
    for (i, layer) in layers.iter().enumerate() {
        if layer.fan_in != width || layer.reads_data != (reads_data && i == 0) {
            return None;
        }
        width = layer.fan_out;
    }
    Some(width)
}

impl Activation {
    /// True if f′(a) is not a function of f(a), and so is stored beside it.
    pub(crate) fn keeps_slope(self) -> bool {
        matches!(self, Activation::Softplus | Activation::Silu)
    }

    /// f(a), and the slope f′(a) if it is stored.
    #[inline(always)]
    pub(crate) fn apply(self, a: [f32; LANES]) -> ([f32; LANES], Option<[f32; LANES]>) {
        match self {
            // A NaN passes through, because the run must detect it.
            Activation::Relu => (lanes(|i| if a[i] <= 0.0 { 0.0 } else { a[i] }), None),
            Activation::Tanh => (lanes(|i| tanh(a[i])), None),
            Activation::Softplus => (lanes(|i| softplus(a[i])), Some(lanes(|i| sigmoid(a[i])))),
            Activation::Silu => {
                let s = lanes(|i| sigmoid(a[i]));
                (lanes(|i| a[i] * s[i]), Some(lanes(|i| s[i] * a[i].mul_add(1.0 - s[i], 1.0))))
            }
            Activation::Identity => (a, None),
        }
    }

    /// ∂·f′ with h = f(a), or h = f′(a) if the slope is stored.
    #[inline(always)]
    pub(crate) fn chain(self, gradient: [f32; LANES], h: [f32; LANES]) -> [f32; LANES] {
        match self {
            Activation::Relu => lanes(|i| if h[i] > 0.0 { gradient[i] } else { 0.0 }),
            Activation::Tanh => lanes(|i| gradient[i] * (-h[i]).mul_add(h[i], 1.0)),
            Activation::Softplus | Activation::Silu => lanes(|i| gradient[i] * h[i]),
            Activation::Identity => gradient,
        }
    }
}

impl PixelLoss {
    /// The term of each lane.
    #[inline(always)]
    pub(crate) fn value(self, a: [f32; LANES], x: [f32; LANES]) -> [f32; LANES] {
        match self {
            PixelLoss::CrossEntropy => lanes(|i| (-a[i]).mul_add(x[i], softplus(a[i]))),
            PixelLoss::SquaredSigmoid => {
                let error = lanes(|i| sigmoid(a[i]) - x[i]);
                lanes(|i| error[i] * error[i])
            }
            PixelLoss::Squared => lanes(|i| (a[i] - x[i]) * (a[i] - x[i])),
        }
    }

    /// The term of each lane, and scale · ∂term/∂a, both from one e^−|a|.
    #[inline(always)]
    pub(crate) fn with_derivative(
        self,
        a: [f32; LANES],
        x: [f32; LANES],
        scale: [f32; LANES],
    ) -> ([f32; LANES], [f32; LANES]) {
        let (mut value, mut derivative) = ([0.0; LANES], [0.0; LANES]);
        match self {
            PixelLoss::CrossEntropy => {
                for i in 0..LANES {
                    let (softplus, p) = softplus_and_sigmoid(a[i]);
                    value[i] = (-a[i]).mul_add(x[i], softplus);
                    derivative[i] = (p - x[i]) * scale[i];
                }
            }
            PixelLoss::SquaredSigmoid => {
                for i in 0..LANES {
                    let p = sigmoid(a[i]);
                    value[i] = (p - x[i]) * (p - x[i]);
                    derivative[i] = 2.0 * (p - x[i]) * p * (1.0 - p) * scale[i];
                }
            }
            PixelLoss::Squared => {
                for i in 0..LANES {
                    value[i] = (a[i] - x[i]) * (a[i] - x[i]);
                    derivative[i] = 2.0 * (a[i] - x[i]) * scale[i];
                }
            }
        }
        (value, derivative)
    }
}
