//! Products assembled from tiles.
use std::ops::Range;

use crate::lanes::LANES;
use crate::operands::{LaneOperand, Offset, RowOperand};
use crate::simd::{Interleaved, Simd};
use crate::tile::MAX_FLOATS;

/// The block of a product that one tile computes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    pub(crate) row: usize,
    pub(crate) height: usize,
    pub(crate) panel: usize,
    pub(crate) width: usize,
}

impl Block {
    /// Number of groups of 16 numbers.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.height * self.width
    }

    /// Row and panel of the i-th group of 16. (Widths are powers of two, because a division would be noticeable.)
    #[inline(always)]
    pub(crate) fn at(self, i: usize) -> (usize, usize) {
        (self.row + (i >> self.width.trailing_zeros()), self.panel + (i & (self.width - 1)))
    }
}

/// Cuts a product into tiles; a few rows of A stay in cache while all panels of B pass.
#[inline(always)]
pub(crate) fn blocks<S: Simd>(rows: Range<usize>, panels: Range<usize>) -> impl Iterator<Item = Block> {
    cut(rows, S::HEIGHTS).flat_map(move |(row, height)| {
        cut(panels.clone(), S::WIDTHS).map(move |(panel, width)| Block { row, height, panel, width })
    })
}

/// Cuts a range into pieces of these sizes, the largest first, the smallest 1: (start, size).
#[inline(always)]
pub(crate) fn cut(range: Range<usize>, sizes: &'static [usize]) -> impl Iterator<Item = (usize, usize)> {
    let mut start = range.start;
    std::iter::from_fn(move || {
        let size = sizes.iter().copied().find(|&size| size <= range.end - start)?;
        start += size;
        Some((start - size, size))
    })
}

/// The numbers of a tile: 16 for each row and panel of its [`Block`]. Process them in a plain loop: a closure might not
/// be inlined, and is then compiled for the baseline; an iterator over both indices costs as much as Adam.
#[repr(align(64))]
pub(crate) struct Tile(pub(crate) [[f32; LANES]; MAX_FLOATS / LANES]);

impl Tile {
    pub(crate) fn new() -> Self {
        Self([[0.0; LANES]; MAX_FLOATS / LANES])
    }

    /// Computes a block of a product, summed over `ks`.
    ///
    /// # Safety
    /// As for [`crate::tile::tile`]; the level must have a tile of the block's size.
    #[inline(always)]
    pub(crate) unsafe fn compute<S: Simd>(&mut self, a: RowOperand, b: LaneOperand, block: Block, ks: &[Offset]) {
        // SAFETY: guaranteed by the caller.
        unsafe { self.compute_beside::<S, ()>(a, b, block, ks, &mut ()) }
    }

    /// [`Tile::compute`] interleaved with other work.
    ///
    /// # Safety
    /// As for [`Tile::compute`] and [`Interleaved::advance`].
    #[inline(always)]
    pub(crate) unsafe fn compute_beside<S: Simd, B: Interleaved>(
        &mut self,
        a: RowOperand,
        b: LaneOperand,
        block: Block,
        ks: &[Offset],
        beside: &mut B,
    ) {
        let Block { row, height, panel, width } = block;
        // SAFETY: guaranteed by the caller; the largest tile has room for every block.
        unsafe {
            let a = RowOperand { start: a.start.add(row * a.stride), ..a };
            let b = LaneOperand { start: b.start.add(panel * b.stride), ..b };
            S::tile(height, width, a, b, ks, self.0.as_mut_ptr().cast(), beside);
        }
    }

    /// The i-th group of 16 numbers.
    ///
    /// # Safety
    /// i must be below the length of the last block computed.
    #[inline(always)]
    pub(crate) unsafe fn numbers(&self, i: usize) -> [f32; LANES] {
        // SAFETY: guaranteed by the caller.
        unsafe { *self.0.get_unchecked(i) }
    }
}
