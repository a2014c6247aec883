//! Every number that training changes, in one flat tensor θ, with a name and a shape for each part of it.
//!
//! One flat tensor, because the optimiser, the checkpoint and a fused kernel all want θ as a whole; the layers read
//! their weights as views of it. The gradient is a second flat tensor of the same layout: a layer's backward pass
//! writes its own part there (see [`crate::linear`]), since autograd would allocate, zero, pad and add all of θ for
//! every layer.
use candle_core::{DType, Device, Tensor, Var};

use crate::error::{Code, Error, Result};

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
    pub fn push(&mut self, name: impl Into<String>, shape: &[usize], fan_in: usize) -> usize {
        let offset = self.len;
        let slot = Slot { name: name.into(), shape: shape.to_vec(), offset, fan_in };
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
}

/// θ, and while training ∂loss/∂θ.
#[derive(Debug, Clone)]
pub struct Parameters {
    layout: Layout,
    theta: Var,
    gradient: Option<Tensor>,
}

impl Parameters {
    /// θ from its values, in f32 or f64; `trainable` adds room for the gradient.
    pub fn new(layout: Layout, values: &[f32], dtype: DType, trainable: bool) -> Result<Self> {
        if values.len() != layout.len() {
            return Err(Error::new(Code::Internal, "parameters do not fit their layout")
                .expected(layout.len())
                .received(values.len()));
        }
        let theta = Tensor::from_slice(values, layout.len(), &Device::Cpu)?.to_dtype(dtype)?;
        let gradient = if trainable { Some(theta.zeros_like()?) } else { None };
        Ok(Self { theta: Var::from_tensor(&theta)?, layout, gradient })
    }

    /// The parts of θ.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// θ as a tensor of shape (P). While training it is a variable, so that what is computed from it is tracked.
    pub fn theta(&self) -> Tensor {
        match self.gradient {
            Some(_) => self.theta.as_tensor().clone(),
            None => self.theta.as_detached_tensor(),
        }
    }

    /// ∂loss/∂θ, shape (P), as the last backward pass left it; `None` when not training.
    pub fn gradient(&self) -> Option<&Tensor> {
        self.gradient.as_ref()
    }

    /// A copy of all values as f32, in order.
    pub fn values(&self) -> Result<Vec<f32>> {
        Ok(crate::real::values_f32(self.theta.as_tensor())?)
    }

    /// The same θ without room for a gradient: what is computed from it is not tracked.
    pub fn frozen(&self) -> Self {
        Self { gradient: None, ..self.clone() }
    }
}
