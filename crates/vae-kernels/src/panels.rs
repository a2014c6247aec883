//! Memory layout of the numbers in a step.
//!
//! A matrix of rows (examples, or draws of z) and features is stored as **panels**, `[row / 16][feature][16 rows]`, for
//! the forward and backward products, and as **columns**, `[feature / 16][row][16 features]`, for the gradient of a
//! weight, which reads 16 features side by side. A 16 × 16 block of one is the same block of the other, transposed.
use std::ops::Range;

use crate::lanes::LANES;
use crate::operands::LaneOperand;
use crate::operands::Offset;

/// One cache line of floats.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LANES]);

/// Memory for panels and columns, freed on drop.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    blocks: Vec<Vec<Line>>,
}

impl Arena {
    fn lines(&mut self, count: usize) -> *mut f32 {
        let mut block = vec![Line([0.0; LANES]); count.max(1)];
        let start = block.as_mut_ptr().cast();
        self.blocks.push(block); // moves the handle, not what it points to
        start
    }

    /// Zeroed panels for 16 · `panels` rows.
    pub(crate) fn panels(&mut self, panels: usize, features: usize) -> Panels {
        Panels { start: self.lines(panels * features), features }
    }

    /// Zeroed columns for 16 · `panels` rows.
    pub(crate) fn columns(&mut self, panels: usize, features: usize) -> Columns {
        let rows = panels * LANES;
        Columns { start: self.lines(features.div_ceil(LANES) * rows), rows }
    }

    /// `count` zeros.
    pub(crate) fn doubles(&mut self, count: usize) -> *mut f64 {
        self.lines(count.div_ceil(LANES / 2)).cast()
    }

    /// `count` empty lists of `capacity` offsets each.
    pub(crate) fn lists(&mut self, count: usize, capacity: usize) -> Lists {
        let offsets = self.lines((count * capacity).div_ceil(LANES / 2)).cast();
        Lists { offsets, lengths: self.lines(count.div_ceil(LANES)).cast(), capacity }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.blocks.iter().map(|block| size_of_val(block.as_slice())).sum()
    }
}

/// `[panel][feature][16 rows]`
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panels {
    pub(crate) start: *mut f32,
    pub(crate) features: usize,
}

impl Panels {
    /// Floats from one panel to the next.
    pub(crate) fn stride(self) -> usize {
        self.features * LANES
    }

    /// The same panels from this feature on.
    ///
    /// # Safety
    /// The feature must exist.
    #[inline(always)]
    pub(crate) unsafe fn starting_at(self, feature: usize) -> Self {
        // SAFETY: guaranteed by the caller. `features` stays, as it is the distance of the panels.
        Self { start: unsafe { self.at(0, feature) }, ..self }
    }

    /// Operand of a product.
    pub(crate) fn operand(self) -> LaneOperand {
        LaneOperand { start: self.start, stride: self.stride() }
    }

    /// Copies 16 rows, row-major and `stride` apart, into a panel.
    ///
    /// # Safety
    /// The panel must exist, no other thread may use it meanwhile, and the rows must be readable up to the next
    /// multiple of 16 features.
    #[inline(always)]
    pub(crate) unsafe fn take_rows(self, panel: usize, rows: *const f32, stride: usize) {
        for first in (0..self.features).step_by(LANES) {
            let mut block = [[0.0; LANES]; LANES];
            // SAFETY: guaranteed by the caller.
            unsafe {
                transpose(rows.add(first), stride, LANES, block.as_mut_ptr().cast());
                for (j, lanes) in block.iter().enumerate().take(self.features - first) {
                    *self.lanes(panel, first + j) = *lanes;
                }
            }
        }
    }

    /// Pointer to the 16 rows of one feature, followed by those of the next.
    ///
    /// # Safety
    /// The panel must exist.
    #[inline(always)]
    pub(crate) unsafe fn at(self, panel: usize, feature: usize) -> *mut f32 {
        // SAFETY: guaranteed by the caller.
        unsafe { self.start.add(panel * self.stride() + feature * LANES) }
    }

    /// The 16 rows of one feature, mutable.
    ///
    /// # Safety
    /// The panel must exist, and no other thread may use these numbers meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn lanes<'a>(self, panel: usize, feature: usize) -> &'a mut [f32; LANES] {
        // SAFETY: guaranteed by the caller.
        unsafe { &mut *self.at(panel, feature).cast() }
    }

    /// The 16 rows of one feature, which other threads may read too.
    ///
    /// # Safety
    /// The panel must exist, and no thread may change these numbers meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn get(self, panel: usize, feature: usize) -> [f32; LANES] {
        // SAFETY: guaranteed by the caller.
        unsafe { *self.at(panel, feature).cast() }
    }
}

/// `[feature / 16][row][16 features]`
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    pub(crate) start: *mut f32,
    pub(crate) rows: usize,
}

impl Columns {
    /// Floats from one tile of 16 features to the next.
    pub(crate) fn stride(self) -> usize {
        self.rows * LANES
    }

    /// Copies some features of a panel; the padding of the last tile is 0.
    ///
    /// # Safety
    /// The panel must exist in both, and no other thread may use it meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn take(self, from: Panels, features: Range<usize>, panel: usize) {
        for (tile, first) in features.clone().step_by(LANES).enumerate() {
            // SAFETY: guaranteed by the caller; the 16 × 16 block (tile, panel) is contiguous on either side.
            unsafe {
                let to = self.start.add(tile * self.stride() + panel * LANES * LANES);
                let from = from.start.add(panel * from.stride() + first * LANES);
                transpose(from, LANES, LANES.min(features.end - first), to);
            }
        }
    }
}

/// `to[j][i] = from[i·stride + j]` for i below `rows` and j below 16; the other numbers of `to`, 16 × 16, become 0.
///
/// # Safety
/// `from` must be readable and `to` writable to that extent.
#[inline(always)]
pub(crate) unsafe fn transpose(from: *const f32, stride: usize, rows: usize, to: *mut f32) {
    if rows >= LANES {
        // SAFETY: guaranteed by the caller.
        return unsafe { transpose_all(from, stride, to) };
    }
    let mut block = [[0f32; LANES]; LANES];
    for (i, row) in block.iter_mut().enumerate().take(rows) {
        // SAFETY: guaranteed by the caller.
        *row = unsafe { *from.add(i * stride).cast() };
    }
    // SAFETY: the block has 16 rows.
    unsafe { transpose_all(block.as_ptr().cast(), LANES, to) }
}

/// [`transpose`] of 16 rows. The compiler would turn loops into single moves; these are 8 shuffles for 4 × 4.
///
/// # Safety
/// As for [`transpose`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn transpose_all(from: *const f32, stride: usize, to: *mut f32) {
    use std::arch::x86_64::*;
    for i in (0..LANES).step_by(4) {
        for j in (0..LANES).step_by(4) {
            // SAFETY: guaranteed by the caller; every x86-64 has these instructions.
            unsafe {
                let from = from.add(i * stride + j);
                let to = to.add(j * LANES + i);
                let (a, b) = (_mm_loadu_ps(from), _mm_loadu_ps(from.add(stride)));
                let (c, d) = (_mm_loadu_ps(from.add(2 * stride)), _mm_loadu_ps(from.add(3 * stride)));
                let (ab_low, ab_high) = (_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
                let (cd_low, cd_high) = (_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
                _mm_storeu_ps(to, _mm_movelh_ps(ab_low, cd_low));
                _mm_storeu_ps(to.add(LANES), _mm_movehl_ps(cd_low, ab_low));
                _mm_storeu_ps(to.add(2 * LANES), _mm_movelh_ps(ab_high, cd_high));
                _mm_storeu_ps(to.add(3 * LANES), _mm_movehl_ps(cd_high, ab_high));
            }
        }
    }
}

/// [`transpose`] of 16 rows.
///
/// # Safety
/// As for [`transpose`].
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
unsafe fn transpose_all(from: *const f32, stride: usize, to: *mut f32) {
    for i in 0..LANES {
        for j in 0..LANES {
            // SAFETY: guaranteed by the caller.
            unsafe { *to.add(j * LANES + i) = *from.add(i * stride + j) };
        }
    }
}

/// Lists of offsets with the same capacity each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lists {
    offsets: *mut Offset,
    lengths: *mut u32,
    capacity: usize,
}

impl Lists {
    /// List `i`.
    ///
    /// # Safety
    /// It must exist, and no thread may change it meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn get<'a>(self, i: usize) -> &'a [Offset] {
        // SAFETY: guaranteed by the caller; all bit patterns are valid offsets.
        unsafe { std::slice::from_raw_parts(self.offsets.add(i * self.capacity), *self.lengths.add(i) as usize) }
    }

    /// Empties list `i` and lets `fill` push to it.
    ///
    /// # Safety
    /// It must exist, no other thread may use it meanwhile, and `fill` must not exceed the capacity.
    #[inline(always)]
    pub(crate) unsafe fn refill(self, i: usize, fill: impl FnOnce(&mut Pushes)) {
        // SAFETY: guaranteed by the caller.
        unsafe {
            let mut list = Pushes { start: self.offsets.add(i * self.capacity), length: 0 };
            fill(&mut list);
            *self.lengths.add(i) = list.length as u32;
        }
    }
}

/// A list that is being filled.
pub(crate) struct Pushes {
    start: *mut Offset,
    length: usize,
}

impl Pushes {
    /// Appends an offset.
    ///
    /// # Safety
    /// There must be room.
    #[inline(always)]
    pub(crate) unsafe fn push(&mut self, offset: Offset) {
        // SAFETY: guaranteed by the caller.
        unsafe { *self.start.add(self.length) = offset };
        self.length += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transpose_turns_rows_into_columns() {
        let stride = 19;
        let from: Vec<f32> = (0..LANES * stride).map(|i| i as f32).collect();
        for rows in 0..=LANES + 1 {
            let mut to = [[f32::NAN; LANES]; LANES];
            // SAFETY: 16 rows of 16 numbers on either side.
            unsafe { transpose(from.as_ptr(), stride, rows, to.as_mut_ptr().cast()) };
            for (j, to) in to.iter().enumerate() {
                for (i, &to) in to.iter().enumerate() {
                    assert_eq!(to, if i < rows { from[i * stride + j] } else { 0.0 }, "{i}, {j} of {rows} rows");
                }
            }
        }
    }
}
