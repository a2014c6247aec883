//! Every number that training changes, in one flat tensor θ, with a name and a shape for each part of it.
//!
//! One flat tensor, because the optimiser, the checkpoint and a fused kernel all want θ as a whole; the layers read
//! their weights as views of it. The gradient is a second flat tensor of the same layout: a layer's backward pass
//! writes its own part there (see [`crate::nn::linear`]), since autograd would allocate, zero, pad and add all of θ for
//! every layer.
//!
//! Everything outside sees θ in the *plain* order, that of PyTorch and of the files. In memory, the weights that read
//! data lie transposed (see [`Order`]): θ, its gradient and Adam's moments are *stored* like this, and nothing else.
use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Storage, Tensor, Var};

use crate::base::error::{Code, Error, Result};
use crate::nn::real::{slice, values_f32};

/// How a part of θ lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `[fan_out][fan_in]`, the plain order; also that of a vector.
    OutMajor,
    /// `[fan_in][fan_out]`: what one input has to do with lies together. So a kernel that meets data, many of whose
    /// values are 0, passes over whole stretches of the weight and of its gradient.
    InMajor,
}

/// One named part of θ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The name in files: `encoder.hidden.0.weight`.
    pub name: String,
    /// The shape: `[fan_out, fan_in]` of a weight, `[fan_out]` of a bias, as in PyTorch.
    pub shape: Vec<usize>,
    /// Where it starts in θ.
    pub offset: usize,
    /// The inputs of the layer that it belongs to.
    pub fan_in: usize,
    /// How it lies in memory.
    pub order: Order,
}

impl Slot {
    /// How many numbers it holds.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Never: every part holds at least one number.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where it stands in θ.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.len()
    }
}

/// The parts of θ in the order in which they lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    slots: Vec<Slot>,
    len: usize,
}

impl Layout {
    /// Appends a part and returns its offset.
    pub fn push(&mut self, name: impl Into<String>, shape: &[usize], fan_in: usize, order: Order) -> usize {
        let offset = self.len;
        let slot = Slot { name: name.into(), shape: shape.to_vec(), offset, fan_in, order };
        self.len += slot.len();
        self.slots.push(slot);
        offset
    }

    /// The parts, in order.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// How many numbers θ holds.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Has nothing been added yet?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Numbers in the plain order → in the order in memory.
    ///
    /// # Shapes
    /// (P) → (P)
    ///
    /// # Errors
    /// [`Code::Internal`] if there are not as many as the layout holds.
    pub fn to_stored(&self, plain: &[f32]) -> Result<Vec<f32>> {
        if plain.len() != self.len {
            return Err(Error::new(Code::Internal, "parameters do not fit their layout")
                .expected(self.len)
                .received(plain.len()));
        }
        Ok(self.reorder(plain, |slot| slot.fan_in))
    }

    /// Numbers in the order in memory → in the plain order: θ, a moment, or a gradient in either precision.
    ///
    /// # Shapes
    /// (P) → (P)
    pub fn to_plain<T: Copy>(&self, stored: &[T]) -> Vec<T> {
        self.reorder(stored, |slot| slot.shape[0])
    }

    /// A copy in which each in-major weight, a matrix of so many columns, is transposed.
    fn reorder<T: Copy>(&self, values: &[T], columns: impl Fn(&Slot) -> usize) -> Vec<T> {
        let mut reordered = Vec::with_capacity(values.len());
        for slot in &self.slots {
            let part = &values[slot.range()];
            let columns = if slot.order == Order::InMajor { columns(slot) } else { 1 };
            for column in 0..columns {
                reordered.extend(part[column..].iter().step_by(columns));
            }
        }
        reordered
    }
}

/// θ, and while training ∂loss/∂θ.
#[derive(Debug, Clone)]
pub struct Parameters {
    layout: Layout,
    theta: Var,
    gradient: Option<Tensor>,
}

impl Parameters {
    /// θ from its values in the plain order, in f32 or f64; `trainable` adds room for the gradient.
    ///
    /// # Errors
    /// [`Code::Internal`] if there are not as many values as the layout holds.
    pub fn new(layout: Layout, values: &[f32], dtype: DType, trainable: bool) -> Result<Self> {
        Self::on(&Device::Cpu, layout, values, dtype, trainable)
    }

    /// [`Parameters::new`] in the memory of this device.
    ///
    /// # Errors
    /// Those of [`Parameters::new`], and of the device.
    pub fn on(device: &Device, layout: Layout, values: &[f32], dtype: DType, trainable: bool) -> Result<Self> {
        let theta = Tensor::from_vec(layout.to_stored(values)?, layout.len(), device)?.to_dtype(dtype)?;
        let gradient = if trainable { Some(theta.zeros_like()?) } else { None };
        Ok(Self { theta: Var::from_tensor(&theta)?, layout, gradient })
    }

    /// The parts of θ.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// θ as it is stored, shape (P). While training it is a variable, so that what is computed from it is tracked.
    pub fn theta(&self) -> Tensor {
        match self.gradient {
            Some(_) => self.theta.as_tensor().clone(),
            None => self.theta.as_detached_tensor(),
        }
    }

    /// Lends θ as it is stored, (P), without a copy; from a GPU, a copy of it.
    ///
    /// # Errors
    /// [`Code::Internal`] if it is in f64.
    pub fn lend<R>(&self, read: impl FnOnce(&[f32]) -> R) -> Result<R> {
        let (storage, strides) = self.theta.storage_and_layout();
        match &*storage {
            Storage::Cpu(storage) => Ok(read(slice(storage, strides)?)),
            _ => Ok(read(&values_f32(self.theta.as_tensor())?)),
        }
    }

    /// ∂loss/∂θ as it is stored, shape (P), from the last backward pass; `None` when not training.
    pub fn gradient(&self) -> Option<&Tensor> {
        self.gradient.as_ref()
    }

    /// Takes the gradient from autograd, where the layers have not written it themselves: on a device that they have no
    /// loops for.
    pub(crate) fn take_gradient(&self, gradients: &GradStore) -> Result<()> {
        match (&self.gradient, gradients.get(&self.theta)) {
            (Some(gradient), Some(found)) => Ok(gradient.slice_set(&found.contiguous()?, 0, 0)?),
            _ => Ok(()),
        }
    }

    /// A copy of all values as f32, in the plain order.
    pub fn values(&self) -> Result<Vec<f32>> {
        Ok(self.layout.to_plain(&values_f32(self.theta.as_tensor())?))
    }

    /// The same θ without room for a gradient: what is computed from it is not tracked.
    pub fn frozen(&self) -> Self {
        Self { gradient: None, ..self.clone() }
    }
}
