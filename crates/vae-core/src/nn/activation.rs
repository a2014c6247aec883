//! The nonlinearity between hidden layers.
use candle_core::{Result, Tensor};

use super::ops::{relu, sigmoid, softplus};

/// f in h = f(W·x + b).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activation {
    /// max(0, a), with derivative 0 at 0 as in PyTorch.
    #[default]
    Relu,
    /// tanh a.
    Tanh,
    /// ln(1 + eᵃ).
    Softplus,
    /// a·σ(a), also called swish.
    Silu,
    /// a: layers stay affine, the model linear.
    Identity,
}

impl Activation {
    /// Every activation by its name in options and files.
    pub const NAMES: [(&'static str, Activation); 5] = [
        ("relu", Activation::Relu),
        ("tanh", Activation::Tanh),
        ("softplus", Activation::Softplus),
        ("silu", Activation::Silu),
        ("identity", Activation::Identity),
    ];

    /// f(a), element by element.
    pub fn forward(self, a: &Tensor) -> Result<Tensor> {
        match self {
            Activation::Relu => relu(a),
            Activation::Tanh => a.tanh(),
            Activation::Softplus => softplus(a),
            Activation::Silu => a * sigmoid(a)?,
            Activation::Identity => Ok(a.clone()),
        }
    }
}
