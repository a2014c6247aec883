//! The architecture: everything that defines a model except its parameters.
use super::likelihood::Likelihood;
use super::posterior::LatentSpace;
use crate::data::Shape;
use crate::nn::activation::Activation;

/// The sizes and choices that fix a model and the layout of its θ.
#[derive(Debug, Clone, PartialEq)]
pub struct Architecture {
    /// The shape of one example, D values.
    pub shape: Shape,
    /// C, the size of an example's condition; 0 without one.
    pub condition: usize,
    /// The kind of both networks.
    pub network: NetworkOptions,
    /// The sizes of a fully connected encoder's hidden layers, mirrored in the decoder; empty: both are affine.
    pub hidden: Vec<usize>,
    /// d, the size of one latent code.
    pub latent: usize,
    /// The nonlinearity after each hidden layer.
    pub activation: Activation,
    /// The family of q(z|x), and its frame.
    pub posterior: LatentSpace,
    /// The distribution p(x|z).
    pub likelihood: Likelihood,
}

/// The kind of both networks, and its sizes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum NetworkOptions {
    /// Fully connected, with the widths in [`Architecture::hidden`].
    #[default]
    Mlp,
    /// Convolutions with these channels, then affine layers of these widths, mirrored in the decoder.
    Convolutional {
        /// The output channels of each convolution.
        channels: Vec<usize>,
        /// The widths of the affine layers.
        dense: Vec<usize>,
    },
}

impl Architecture {
    /// Affine networks of these sizes, with defaults for the rest.
    pub fn new(shape: Shape, latent: usize) -> Self {
        Self {
            shape,
            condition: 0,
            network: NetworkOptions::default(),
            hidden: Vec::new(),
            latent,
            activation: Activation::default(),
            posterior: LatentSpace::default(),
            likelihood: Likelihood::default(),
        }
    }

    /// The names of the encoder's output layers.
    pub(crate) fn head_names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once("mean").chain(self.posterior.family.scale_head())
    }
}
