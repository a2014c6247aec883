//! The affine layer y = x·Wᵀ + b, with W (out, in) as in PyTorch.
//!
//! Its gradients: ∂W = ∂yᵀ·x, ∂b = Σ_rows ∂y, ∂x = ∂y·W. They are written by hand, because candle's autograd would
//! compute ∂x for the data as well (a fifth of all arithmetic, for nothing), and would sum the bias with a division
//! and a remainder for each number.
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, InplaceOp3, Layout as Strides, Result, Shape, Tensor, bail};

use crate::nn::parameters::{Layout, Order, Parameters};
use crate::nn::real::{Real, has_loops, in_precision_of, slice, slice_mut};

/// Where one layer's weight and bias stand in θ.
#[derive(Debug, Clone, Copy)]
pub struct Linear {
    weight: usize,
    bias: usize,
    fan_in: usize,
    fan_out: usize,
    order: Order,
}

impl Linear {
    /// Adds `NAME.weight` and `NAME.bias` to the layout, the weight in this order.
    pub fn new(layout: &mut Layout, name: &str, fan_in: usize, fan_out: usize, order: Order) -> Self {
        let weight = layout.push(format!("{name}.weight"), &[fan_out, fan_in], fan_in, order);
        let bias = layout.push(format!("{name}.bias"), &[fan_out], fan_in, Order::OutMajor);
        Self { weight, bias, fan_in, fan_out, order }
    }

    /// Inputs.
    pub fn fan_in(&self) -> usize {
        self.fan_in
    }

    /// The outputs.
    pub fn fan_out(&self) -> usize {
        self.fan_out
    }

    /// The layer as the kernels know it.
    pub(crate) fn affine(&self) -> vae_kernels::Affine {
        let Self { weight, bias, fan_in, fan_out, order } = *self;
        vae_kernels::Affine { weight, bias, fan_in, fan_out, reads_data: order == Order::InMajor }
    }

    /// y = x·Wᵀ + b.
    ///
    /// # Shapes
    /// x (rows, fan_in) → y (rows, fan_out)
    pub fn forward(&self, x: &Tensor, parameters: &Parameters) -> Result<Tensor> {
        if !has_loops(x) {
            return self.expression(x, &parameters.theta());
        }
        let op = Affine { layer: *self, gradient: parameters.gradient().cloned() };
        x.contiguous()?.apply_op2(&parameters.theta(), op)
    }

    /// Where the entries of Wᵀ (in, out) stand in θ.
    fn transposed(&self, theta: &Strides) -> Result<Strides> {
        let at = |rows, columns| {
            Strides::contiguous_with_offset(Shape::from((rows, columns)), theta.start_offset() + self.weight)
        };
        match self.order {
            Order::OutMajor => at(self.fan_out, self.fan_in).transpose(0, 1),
            Order::InMajor => Ok(at(self.fan_in, self.fan_out)),
        }
    }

    /// The same in candle's own operations, for a device that there is no loop for; the gradient is then autograd's.
    pub(crate) fn expression(&self, x: &Tensor, theta: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight(theta)?.t()?)?.broadcast_add(&theta.narrow(0, self.bias, self.fan_out)?)
    }

    /// W (out, in) as a view of θ.
    fn weight(&self, theta: &Tensor) -> Result<Tensor> {
        let w = theta.narrow(0, self.weight, self.fan_out * self.fan_in)?;
        match self.order {
            Order::OutMajor => w.reshape((self.fan_out, self.fan_in)),
            Order::InMajor => w.reshape((self.fan_in, self.fan_out))?.t(),
        }
    }
}

struct Affine {
    layer: Linear,
    gradient: Option<Tensor>,
}

impl CustomOp2 for Affine {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, x: &CpuStorage, xl: &Strides, theta: &CpuStorage, tl: &Strides) -> Result<(CpuStorage, Shape)> {
        let Linear { bias, fan_in, fan_out, .. } = self.layer;
        let rows = xl.dims()[0];
        let mut y = x.matmul(theta, (1, rows, fan_out, fan_in), xl, &self.layer.transposed(tl)?)?;
        in_precision_of!(theta, T => {
            let b = &slice::<T>(theta, tl)?[bias..bias + fan_out];
            for row in T::slice_mut(&mut y)?.chunks_exact_mut(fan_out) {
                for (y, &b) in row.iter_mut().zip(b) {
                    *y += b;
                }
            }
        });
        Ok((y, Shape::from((rows, fan_out))))
    }

    fn bwd(&self, x: &Tensor, theta: &Tensor, _y: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(gradient) = &self.gradient else { bail!("these parameters are not being trained") };
        let dy = dy.contiguous()?;
        gradient.inplace_op3(x, &dy, &WriteGradient(self.layer))?;
        let dx = if x.track_op() { Some(dy.matmul(&self.layer.weight(&theta.detach())?)?) } else { None };
        Ok((dx, None)) // θ's share has been written where it belongs
    }
}

/// gradient[W] = ∂yᵀ·x, or its transpose xᵀ·∂y; gradient[b] = Σ_rows ∂y. Each layer is applied once a step, so it writes instead of adding.
struct WriteGradient(Linear);

impl InplaceOp3 for WriteGradient {
    fn name(&self) -> &'static str {
        "linear gradient"
    }

    fn cpu_fwd(
        &self,
        g: &mut CpuStorage,
        gl: &Strides,
        x: &CpuStorage,
        xl: &Strides,
        dy: &CpuStorage,
        dyl: &Strides,
    ) -> Result<()> {
        let Linear { weight, bias, fan_in, fan_out, order } = self.0;
        let rows = xl.dims()[0];
        let dw = match order {
            Order::OutMajor => dy.matmul(x, (1, fan_out, fan_in, rows), &dyl.transpose(0, 1)?, xl)?,
            Order::InMajor => x.matmul(dy, (1, fan_in, fan_out, rows), &xl.transpose(0, 1)?, dyl)?,
        };
        in_precision_of!(dy, T => {
            let g = slice_mut::<T>(g, gl)?;
            g[weight..weight + fan_out * fan_in].copy_from_slice(T::slice_mut(&mut { dw })?);
            let db = &mut g[bias..bias + fan_out];
            db.fill(0.0);
            for row in slice::<T>(dy, dyl)?.chunks_exact(fan_out) {
                for (db, &dy) in db.iter_mut().zip(row) {
                    *db += dy;
                }
            }
        });
        Ok(())
    }
}

/// One number of θ as a tensor of shape (1), for the learned variance; its gradient is written in place like a layer's.
#[derive(Debug, Clone, Copy)]
pub struct Scalar(usize);

impl Scalar {
    /// Adds `NAME`, one number, to the layout.
    pub fn new(layout: &mut Layout, name: &str) -> Self {
        Self(layout.push(name, &[1], 1, Order::OutMajor))
    }

    /// Where it stands in θ.
    pub fn offset(self) -> usize {
        self.0
    }

    /// The number, shape (1).
    pub fn forward(self, parameters: &Parameters) -> Result<Tensor> {
        if !has_loops(&parameters.theta()) {
            return parameters.theta().narrow(0, self.0, 1);
        }
        parameters.theta().apply_op1(Pick { offset: self.0, gradient: parameters.gradient().cloned() })
    }
}

struct Pick {
    offset: usize,
    gradient: Option<Tensor>,
}

impl CustomOp1 for Pick {
    fn name(&self) -> &'static str {
        "scalar"
    }

    fn cpu_fwd(&self, theta: &CpuStorage, tl: &Strides) -> Result<(CpuStorage, Shape)> {
        fn pick<T: Real>(theta: &CpuStorage, tl: &Strides, offset: usize) -> Result<CpuStorage> {
            Ok(T::to_cpu_storage(&slice::<T>(theta, tl)?[offset..offset + 1]))
        }
        let value = in_precision_of!(theta, T => pick::<T>(theta, tl, self.offset)?);
        Ok((value, Shape::from(1)))
    }

    fn bwd(&self, _theta: &Tensor, _value: &Tensor, dvalue: &Tensor) -> Result<Option<Tensor>> {
        let Some(gradient) = &self.gradient else { bail!("these parameters are not being trained") };
        gradient.slice_set(&dvalue.detach(), 0, self.offset)?;
        Ok(None)
    }
}
