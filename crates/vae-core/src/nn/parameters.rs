//! θ, the trained parameters: its parts by name and shape, and the leaves of autograd that hold them.
//!
//! Outside an engine θ is one flat list in the *plain* order of its [`Layout`], the order of PyTorch and of the files.
//! On the reference path it is one leaf per part ([`Vars`]): candle differentiates what a layer computes from a leaf
//! and sums the gradients of a leaf that is used twice. No gradient is written by hand.
use std::ops::Range;
use std::sync::Arc;

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor, Var};

use crate::base::error::{Code, Error, Result};

/// Initialisation of a part of θ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    /// A weight, drawn by the rule of the [`Initialization`](super::initialization::Initialization).
    Weight,
    /// A bias, drawn or 0 by that rule.
    Bias,
    /// Anything else: filled with this number.
    Constant(f32),
}

/// One named part of θ.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// The name in files: `encoder.hidden.0.weight`.
    pub name: String,
    /// The shape: `[fan_out, fan_in]` of a matrix, `[fan_out]` of a bias, as in PyTorch.
    pub shape: Vec<usize>,
    /// The index of its first value in θ.
    pub offset: usize,
    /// Terms summed in one output of its layer: inputs, times the kernel's area in a convolution.
    pub fan_in: usize,
    /// Outputs that one input contributes to, counted likewise.
    pub fan_out: usize,
    /// Its initialisation.
    pub role: Role,
}

impl Slot {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// False: every part holds at least one value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its range in θ.
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.len()
    }
}

/// The parts of θ in the order of files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    slots: Vec<Slot>,
    len: usize,
}

impl Layout {
    /// Appends a part and returns its index in [`Vars`].
    pub fn push(&mut self, name: impl Into<String>, shape: &[usize], fans: (usize, usize), role: Role) -> usize {
        let (fan_in, fan_out) = fans;
        let slot = Slot { name: name.into(), shape: shape.to_vec(), offset: self.len, fan_in, fan_out, role };
        self.len += slot.len();
        self.slots.push(slot);
        self.slots.len() - 1
    }

    /// The parts, in order.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Number of values in θ.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True before the first [`Layout::push`].
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Checks that a list has the length of θ.
    ///
    /// # Errors
    /// [`Code::Internal`].
    pub fn check_len(&self, values: &[f32]) -> Result<()> {
        if values.len() == self.len {
            return Ok(());
        }
        Err(Error::new(Code::Internal, "parameters do not fit their layout").expected(self.len).received(values.len()))
    }
}

/// The parts of θ as leaves of autograd, one tensor each.
#[derive(Debug, Clone)]
pub struct Vars {
    layout: Arc<Layout>,
    tensors: Vec<Tensor>,
}

impl Vars {
    /// Leaves that hold these values, given in the plain order.
    ///
    /// # Errors
    /// [`Code::Internal`] if the number of values differs from the layout's; device errors.
    pub fn new(layout: &Layout, theta: &[f32], dtype: DType, device: &Device) -> Result<Self> {
        layout.check_len(theta)?;
        let leaf = |slot: &Slot| {
            let values = Tensor::from_slice(&theta[slot.range()], slot.shape.as_slice(), device)?.to_dtype(dtype)?;
            Ok(Var::from_tensor(&values)?.into_inner())
        };
        let tensors = layout.slots().iter().map(leaf).collect::<Result<_>>()?;
        Ok(Self { layout: Arc::new(layout.clone()), tensors })
    }

    /// The parts of θ.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// One part, by the index that [`Layout::push`] returned.
    pub fn get(&self, slot: usize) -> &Tensor {
        &self.tensors[slot]
    }

    /// All parts, in order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The same values, shared without a copy and detached from autograd.
    pub fn detached(&self) -> Self {
        Self { layout: Arc::clone(&self.layout), tensors: self.tensors.iter().map(Tensor::detach).collect() }
    }

    /// The gradient of each part, (P) in the plain order; 0 where the loss does not depend on a part.
    ///
    /// # Errors
    /// Device errors.
    pub fn gradient(&self, found: &GradStore) -> Result<Tensor> {
        let parts = self.tensors.iter().map(|leaf| match found.get(leaf) {
            Some(gradient) => gradient.flatten_all(),
            None => leaf.flatten_all()?.zeros_like(),
        });
        Ok(Tensor::cat(&parts.collect::<candle_core::Result<Vec<_>>>()?, 0)?)
    }

    /// A copy of all values as f32, (P) in the plain order.
    ///
    /// # Errors
    /// Device errors.
    pub fn values(&self) -> Result<Vec<f32>> {
        let mut values = Vec::with_capacity(self.layout.len());
        for tensor in &self.tensors {
            values.extend(tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
        }
        Ok(values)
    }

    /// Overwrites one part.
    ///
    /// # Errors
    /// Device errors, or a wrong number of values.
    pub fn set(&self, slot: usize, values: &[f32]) -> Result<()> {
        let leaf = &self.tensors[slot];
        let values = Tensor::from_slice(values, leaf.shape(), leaf.device())?.to_dtype(leaf.dtype())?;
        Ok(leaf.slice_set(&values, 0, 0)?)
    }
}
