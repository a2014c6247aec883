//! The affine layer y = x·Wᵀ + b, with W (out, in) as in PyTorch.
use candle_core::{Result, Tensor};

use super::parameters::{Layout, Role, Vars};

/// An affine layer: its sizes, and its weight and bias in θ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linear {
    weight: usize,
    bias: usize,
    fan_in: usize,
    fan_out: usize,
}

impl Linear {
    /// Adds `NAME.weight` and `NAME.bias` to the layout.
    pub fn new(layout: &mut Layout, name: &str, fan_in: usize, fan_out: usize) -> Self {
        let fans = (fan_in, fan_out);
        let weight = layout.push(format!("{name}.weight"), &[fan_out, fan_in], fans, Role::Weight);
        let bias = layout.push(format!("{name}.bias"), &[fan_out], fans, Role::Bias);
        Self { weight, bias, fan_in, fan_out }
    }

    /// Inputs.
    pub fn fan_in(&self) -> usize {
        self.fan_in
    }

    /// Outputs.
    pub fn fan_out(&self) -> usize {
        self.fan_out
    }

    /// The indices of its weight and its bias in the layout.
    pub fn slots(&self) -> [usize; 2] {
        [self.weight, self.bias]
    }

    /// y = x·Wᵀ + b.
    ///
    /// # Shapes
    /// x (rows, `fan_in`) → y (rows, `fan_out`)
    pub fn forward(&self, x: &Tensor, vars: &Vars) -> Result<Tensor> {
        x.matmul(&vars.get(self.weight).t()?)?.broadcast_add(vars.get(self.bias))
    }
}
