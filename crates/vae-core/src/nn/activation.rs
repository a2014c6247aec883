//! The nonlinearity between hidden layers.
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use crate::nn::real::{Real, has_loops, in_precision_of, slice, zip_map};

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

/// σ(a) = 1/(1 + e⁻ᵃ), without overflow.
pub(crate) fn sigmoid<T: Real>(a: T) -> T {
    let e = (-a.abs()).exp();
    if a >= T::zero() { T::one() / (T::one() + e) } else { e / (T::one() + e) }
}

/// ln(1 + eᵃ) = max(a, 0) + ln(1 + e^−|a|), without overflow.
pub(crate) fn softplus<T: Real>(a: T) -> T {
    num_traits::Float::max(a, T::zero()) + (-a.abs()).exp().ln_1p()
}

/// σ(a) = ½(1 + tanh ½a) in candle's own operations. Through 1/(1 + e^−a) the gradient is NaN where e^−a overflows.
pub(crate) fn sigmoid_of(a: &Tensor) -> Result<Tensor> {
    (a * 0.5)?.tanh()?.affine(0.5, 0.5)
}

/// softplus(a) in candle's own operations.
pub(crate) fn softplus_of(a: &Tensor) -> Result<Tensor> {
    a.relu()? + (a.abs()?.neg()?.exp()? + 1.0)?.log()?
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
        if self == Activation::Identity {
            return Ok(a.clone());
        }
        if !has_loops(a) {
            return self.expression(a);
        }
        a.contiguous()?.apply_op1(Apply(self))
    }

    /// The same in candle's own operations, for a device that there is no loop for.
    pub(crate) fn expression(self, a: &Tensor) -> Result<Tensor> {
        match self {
            Activation::Relu => a.relu(),
            Activation::Tanh => a.tanh(),
            Activation::Softplus => softplus_of(a),
            Activation::Silu => a * sigmoid_of(a)?,
            Activation::Identity => Ok(a.clone()),
        }
    }

    fn value<T: Real>(self, a: T) -> T {
        match self {
            // Written so that a NaN passes through, as the run must notice it.
            Activation::Relu => {
                if a <= T::zero() {
                    T::zero()
                } else {
                    a
                }
            }
            Activation::Tanh => num_traits::Float::tanh(a),
            Activation::Softplus => softplus(a),
            Activation::Silu => a * sigmoid(a),
            Activation::Identity => a,
        }
    }

    /// f′(a).
    fn derivative<T: Real>(self, a: T) -> T {
        let one = T::one();
        match self {
            Activation::Relu => {
                if a > T::zero() {
                    one
                } else {
                    T::zero()
                }
            }
            Activation::Tanh => {
                let f = num_traits::Float::tanh(a);
                one - f * f
            }
            Activation::Softplus => sigmoid(a),
            Activation::Silu => {
                let s = sigmoid(a);
                s * (one + a * (one - s))
            }
            Activation::Identity => one,
        }
    }
}

struct Apply(Activation);

impl CustomOp1 for Apply {
    fn name(&self) -> &'static str {
        "activation"
    }

    fn cpu_fwd(&self, a: &CpuStorage, al: &Layout) -> Result<(CpuStorage, Shape)> {
        let out = in_precision_of!(a, T => {
            let a = slice::<T>(a, al)?;
            <T as candle_core::WithDType>::to_cpu_storage_owned(zip_map(a, a, |a, _| self.0.value(a)))
        });
        Ok((out, al.shape().clone()))
    }

    fn bwd(&self, a: &Tensor, _f: &Tensor, df: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(df.contiguous()?.apply_op2_no_bwd(&a.detach(), &Chain(self.0))?))
    }
}

/// ∂a = ∂f·f′(a).
struct Chain(Activation);

impl CustomOp2 for Chain {
    fn name(&self) -> &'static str {
        "activation gradient"
    }

    fn cpu_fwd(&self, df: &CpuStorage, dfl: &Layout, a: &CpuStorage, al: &Layout) -> Result<(CpuStorage, Shape)> {
        let out = in_precision_of!(a, T => {
            let da = zip_map(slice::<T>(df, dfl)?, slice::<T>(a, al)?, |df, a| df * self.0.derivative(a));
            <T as candle_core::WithDType>::to_cpu_storage_owned(da)
        });
        Ok((out, al.shape().clone()))
    }
}
