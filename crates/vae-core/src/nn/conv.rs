//! Convolutions over pictures (B, C, H, W) and their transposes, with square kernels, as in PyTorch.
use candle_core::{Result, Tensor};

use super::parameters::{Layout, Role, Vars};

/// Side, stride and padding of every kernel; together they halve a side.
const KERNEL: usize = 4;
const STRIDE: usize = 2;
const PADDING: usize = 1;

/// y = W ∗ x + b, which halves height and width, or doubles them if transposed. An odd side is padded with one pixel of
/// zeros, so that the two mirror each other for any size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv {
    weight: usize,
    bias: usize,
    channels: usize,
    is_transposed: bool,
}

impl Conv {
    /// The side of a picture after a convolution.
    pub fn halved(side: usize) -> usize {
        side.div_ceil(STRIDE)
    }

    /// Adds `NAME.weight` (out, in, 4, 4) and `NAME.bias` to the layout.
    pub fn new(layout: &mut Layout, name: &str, input: usize, output: usize) -> Self {
        let fans = (input * KERNEL * KERNEL, output * KERNEL * KERNEL);
        Self::with(layout, name, [output, input], fans, output, false)
    }

    /// Adds the transpose of a convolution: `NAME.weight` (in, out, 4, 4) and `NAME.bias`. As in PyTorch, its weights
    /// are drawn like the weights of that convolution.
    pub fn transposed(layout: &mut Layout, name: &str, input: usize, output: usize) -> Self {
        let fans = (output * KERNEL * KERNEL, input * KERNEL * KERNEL);
        Self::with(layout, name, [input, output], fans, output, true)
    }

    fn with(
        layout: &mut Layout,
        name: &str,
        [rows, columns]: [usize; 2],
        fans: (usize, usize),
        channels: usize,
        is_transposed: bool,
    ) -> Self {
        let weight = layout.push(format!("{name}.weight"), &[rows, columns, KERNEL, KERNEL], fans, Role::Weight);
        let bias = layout.push(format!("{name}.bias"), &[channels], fans, Role::Bias);
        Self { weight, bias, channels, is_transposed }
    }

    /// y for pictures x. A transposed convolution outputs (height, width), whose halves are (h, w).
    ///
    /// # Shapes
    /// x (B, `input`, h, w) → y (B, `output`, height, width)
    pub fn forward(&self, x: &Tensor, (height, width): (usize, usize), vars: &Vars) -> Result<Tensor> {
        let w = vars.get(self.weight);
        let y = if self.is_transposed {
            x.conv_transpose2d(w, PADDING, 0, STRIDE, 1)?.narrow(2, 0, height)?.narrow(3, 0, width)?
        } else {
            let (_, _, h, v) = x.dims4()?;
            // candle's gradient of a convolution requires sides that the stride divides.
            x.pad_with_zeros(2, 0, h % STRIDE)?.pad_with_zeros(3, 0, v % STRIDE)?.conv2d(w, PADDING, STRIDE, 1, 1)?
        };
        y.broadcast_add(&vars.get(self.bias).reshape((1, self.channels, 1, 1))?)
    }
}
