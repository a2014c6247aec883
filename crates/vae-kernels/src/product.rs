//! Whole products out of tiles.
use std::ops::Range;

use crate::lanes::LANES;
use crate::operands::{Lanes, Offset, Rows};
use crate::simd::{Beside, Simd};
use crate::tile::LARGEST;

/// The part of a product that one tile computes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) row: usize,
    pub(crate) height: usize,
    pub(crate) panel: usize,
    pub(crate) width: usize,
}

impl Part {
    /// How many times 16 numbers it has.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.height * self.width
    }

    /// Row and panel of its i-th 16 numbers. (A division, if widths were not powers of two, would be felt.)
    #[inline(always)]
    pub(crate) fn at(self, i: usize) -> (usize, usize) {
        (self.row + (i >> self.width.trailing_zeros()), self.panel + (i & (self.width - 1)))
    }
}

/// Cuts a product into tiles; a few rows of A stay close while all panels of B go by.
#[inline(always)]
pub(crate) fn parts<S: Simd>(rows: Range<usize>, panels: Range<usize>) -> impl Iterator<Item = Part> {
    cut(rows, S::HEIGHTS).flat_map(move |(row, height)| {
        cut(panels.clone(), S::WIDTHS).map(move |(panel, width)| Part { row, height, panel, width })
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

/// The numbers of a tile: 16 for each row and panel of its [`Part`]. What is done with them stands in a plain loop over
/// them; a closure, the compiler might not inline, and compile for the baseline, and an iterator over both indices costs
/// as much as Adam.
#[repr(align(64))]
pub(crate) struct Tile(pub(crate) [[f32; LANES]; LARGEST / LANES]);

impl Tile {
    pub(crate) fn new() -> Self {
        Self([[0.0; LANES]; LARGEST / LANES])
    }

    /// Computes a part of a product, summed over `ks`.
    ///
    /// # Safety
    /// That of [`crate::tile::tile`]; the part must be one that the level has a tile for.
    #[inline(always)]
    pub(crate) unsafe fn compute<S: Simd>(&mut self, a: Rows, b: Lanes, part: Part, ks: &[Offset]) {
        // SAFETY: the caller's.
        unsafe { self.compute_beside::<S, ()>(a, b, part, ks, &mut ()) }
    }

    /// The same, and something else the while.
    ///
    /// # Safety
    /// That of [`Tile::compute`] and [`Beside::go_on`].
    #[inline(always)]
    pub(crate) unsafe fn compute_beside<S: Simd, B: Beside>(
        &mut self,
        a: Rows,
        b: Lanes,
        part: Part,
        ks: &[Offset],
        beside: &mut B,
    ) {
        let Part { row, height, panel, width } = part;
        // SAFETY: the caller's; the largest tile has room for every part.
        unsafe {
            let a = Rows { start: a.start.add(row * a.stride), ..a };
            let b = Lanes { start: b.start.add(panel * b.stride), ..b };
            S::tile(height, width, a, b, ks, self.0.as_mut_ptr().cast(), beside);
        }
    }

    /// The i-th 16 numbers.
    ///
    /// # Safety
    /// i must be below the length of the last part computed.
    #[inline(always)]
    pub(crate) unsafe fn numbers(&self, i: usize) -> [f32; LANES] {
        // SAFETY: the caller's.
        unsafe { *self.0.get_unchecked(i) }
    }
}
