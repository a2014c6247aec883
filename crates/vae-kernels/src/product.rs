//! Whole products out of tiles.
use std::ops::Range;

use crate::simd::{LANES, Simd};
use crate::tile::{LARGEST, Offset};

/// The operand whose numbers are spread over a register: where its rows start, and how far apart they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) start: *const f32,
    pub(crate) stride: usize,
}

/// The operand that is read 16 numbers at a time: where its panels start, and how far apart they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lanes {
    pub(crate) start: *const f32,
    pub(crate) stride: usize,
}

/// The part of a product that one tile computes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) row: usize,
    pub(crate) height: usize,
    pub(crate) panel: usize,
    pub(crate) width: usize,
}

impl Part {
    /// Its rows and panels, in the order in which a tile's numbers lie.
    #[inline(always)]
    fn each(self) -> impl Iterator<Item = (usize, usize)> {
        (self.row..self.row + self.height)
            .flat_map(move |row| (self.panel..self.panel + self.width).map(move |p| (row, p)))
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

/// The numbers of a tile. What is done with them stands in the loop that takes them: in a closure, the compiler might
/// not inline it, and compile it for the baseline.
#[repr(align(64))]
pub(crate) struct Tile([[f32; LANES]; LARGEST / LANES]);

impl Tile {
    pub(crate) fn new() -> Self {
        Self([[0.0; LANES]; LARGEST / LANES])
    }

    /// Computes a part of a product, summed over `ks`: each row and panel of it, with its numbers.
    ///
    /// # Safety
    /// That of [`crate::tile::tile`]; the part must be one that the level has a tile for.
    #[inline(always)]
    pub(crate) unsafe fn of<S: Simd>(
        &mut self,
        a: Rows,
        b: Lanes,
        part: Part,
        ks: &[Offset],
    ) -> impl Iterator<Item = (usize, usize, [f32; LANES])> {
        let Part { row, height, panel, width } = part;
        // SAFETY: the caller's; the largest tile has room for every part.
        unsafe {
            let a = Rows { start: a.start.add(row * a.stride), ..a };
            let b = Lanes { start: b.start.add(panel * b.stride), ..b };
            S::tile(height, width, a, b, ks, self.0.as_mut_ptr().cast());
        }
        part.each().zip(&self.0).map(|((row, panel), numbers)| (row, panel, *numbers))
    }
}
