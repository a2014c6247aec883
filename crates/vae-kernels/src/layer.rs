//! An affine layer as the operands of its two products.
use std::ops::Range;

use crate::lanes::{LANES, lanes};
use crate::net::{Activation, Affine};
use crate::operands::{LaneOperand, Offset, RowOperand};
use crate::panels::Panels;
use crate::product::{Block, Tile, blocks};
use crate::simd::Simd;

/// An affine layer and the order in which its weights are read.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) affine: Affine,
    pub(crate) forward: Vec<Offset>,
    /// Here k is an output. Empty for a layer that reads the data, whose input needs no gradient.
    pub(crate) backward: Vec<Offset>,
}

impl Layer {
    pub(crate) fn new(affine: Affine) -> Self {
        let Affine { fan_in, fan_out, reads_data, .. } = affine;
        let offsets = |count: usize, step: usize| {
            (0..count).map(|k| Offset { a: (k * step) as u32, b: (k * LANES) as u32 }).collect()
        };
        let forward = offsets(fan_in, if reads_data { fan_out } else { 1 });
        let backward = offsets(if reads_data { 0 } else { fan_out }, fan_in);
        Self { affine, forward, backward }
    }

    /// Operands of W·x, and the address of the bias.
    ///
    /// # Safety
    /// The layer must lie in θ.
    #[inline(always)]
    pub(crate) unsafe fn forward(&self, theta: *const f32, x: Panels) -> (RowOperand, LaneOperand, *const f32) {
        let Affine { weight, bias, fan_in, reads_data, .. } = self.affine;
        // SAFETY: guaranteed by the caller.
        let [weight, bias] = [weight, bias].map(|at| unsafe { theta.add(at) });
        (RowOperand { start: weight, stride: if reads_data { 1 } else { fan_in } }, x.operand(), bias)
    }

    /// Operands of Wᵀ·∂.
    ///
    /// # Safety
    /// The layer must lie in θ.
    #[inline(always)]
    pub(crate) unsafe fn backward(&self, theta: *const f32, gradient: Panels) -> (RowOperand, LaneOperand) {
        // SAFETY: guaranteed by the caller.
        (RowOperand { start: unsafe { theta.add(self.affine.weight) }, stride: 1 }, gradient.operand())
    }

    /// Computes h = f(W·x + b), W·x + b for the identity, and the slope f′ if it does not follow from h. `ks` gives the
    /// inputs that a block of the product sums over.
    ///
    /// # Safety
    /// The CPU must offer the level, the layer must lie in θ, the panels must exist, and no other thread may use the
    /// outputs.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "a layer, what it reads, what it writes")]
    pub(crate) unsafe fn apply<'k, S: Simd>(
        &'k self,
        theta: *const f32,
        activation: Activation,
        x: Panels,
        ks: impl Fn(Block) -> &'k [Offset],
        panels: Range<usize>,
        h: Panels,
        slope: Option<Panels>,
    ) {
        let mut tile = Tile::new();
        // SAFETY: guaranteed by the caller.
        unsafe {
            let (a, b, bias) = self.forward(theta, x);
            for block in blocks::<S>(0..self.affine.fan_out, panels) {
                tile.compute::<S>(a, b, block, ks(block));
                for n in 0..block.len() {
                    let ((i, panel), wx) = (block.at(n), tile.numbers(n));
                    let bias = *bias.add(i);
                    let (value, derivative) = activation.apply(lanes(|lane| wx[lane] + bias));
                    *h.lanes(panel, i) = value;
                    if let (Some(slope), Some(derivative)) = (slope, derivative) {
                        *slope.lanes(panel, i) = derivative;
                    }
                }
            }
        }
    }
}
