//! An affine layer as the operands of its two products.
use std::ops::Range;

use crate::lanes::{LANES, lanes};
use crate::net::{Activation, Affine};
use crate::operands::{Lanes, Offset, Rows};
use crate::panels::Panels;
use crate::product::{Part, Tile, parts};
use crate::simd::Simd;

/// An affine layer and the order in which its weights are read.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) affine: Affine,
    pub(crate) forward: Vec<Offset>,
    /// k is an output here. Empty for a layer that reads the data: nobody asks for its gradient.
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

    /// The operands of W·x, and where the bias stands.
    ///
    /// # Safety
    /// The layer must lie in θ.
    #[inline(always)]
    pub(crate) unsafe fn forward(&self, theta: *const f32, x: Panels) -> (Rows, Lanes, *const f32) {
        let Affine { weight, bias, fan_in, reads_data, .. } = self.affine;
        // SAFETY: the caller's.
        let [weight, bias] = [weight, bias].map(|at| unsafe { theta.add(at) });
        (Rows { start: weight, stride: if reads_data { 1 } else { fan_in } }, x.operand(), bias)
    }

    /// The operands of Wᵀ·∂.
    ///
    /// # Safety
    /// The layer must lie in θ.
    #[inline(always)]
    pub(crate) unsafe fn backward(&self, theta: *const f32, gradient: Panels) -> (Rows, Lanes) {
        // SAFETY: the caller's.
        (Rows { start: unsafe { theta.add(self.affine.weight) }, stride: 1 }, gradient.operand())
    }

    /// h = f(W·x + b), with the identity for f just W·x + b, and, where h does not tell it, the slope f′. `ks` gives the
    /// inputs that a part of the product sums over.
    ///
    /// # Safety
    /// The CPU must offer the level, the layer lie in θ, the panels exist, and nobody else use what is written.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "a layer, what it reads, what it writes")]
    pub(crate) unsafe fn apply<'k, S: Simd>(
        &'k self,
        theta: *const f32,
        activation: Activation,
        x: Panels,
        ks: impl Fn(Part) -> &'k [Offset],
        panels: Range<usize>,
        h: Panels,
        slope: Option<Panels>,
    ) {
        let mut tile = Tile::new();
        // SAFETY: the caller's.
        unsafe {
            let (a, b, bias) = self.forward(theta, x);
            for part in parts::<S>(0..self.affine.fan_out, panels) {
                tile.compute::<S>(a, b, part, ks(part));
                for n in 0..part.len() {
                    let ((i, panel), wx) = (part.at(n), tile.numbers(n));
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
