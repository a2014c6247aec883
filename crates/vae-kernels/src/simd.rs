//! Trait of the vector operations that differ between levels. Elementwise arithmetic is plain loops over 16 floats
//! ([`lanes`](crate::lanes::lanes)), which the compiler vectorises for the level of the enclosing function.
use crate::operands::{LaneOperand, Offset, RowOperand};

/// Sizes of the pieces of a range, largest first, the last one 1.
pub(crate) type Sizes = &'static [usize];

/// Work interleaved with the sums of a tile, piece by piece: the CPU divides while it multiplies.
pub(crate) trait Interleaved {
    /// Pieces left.
    fn left(&self) -> usize;

    /// Does the next piece, if any.
    ///
    /// # Safety
    /// The CPU must offer the level.
    unsafe fn advance<S: Simd>(&mut self);
}

/// No work.
impl Interleaved for () {
    #[inline(always)]
    fn left(&self) -> usize {
        0
    }

    #[inline(always)]
    unsafe fn advance<S: Simd>(&mut self) {}
}

/// One level.
///
/// # Safety
/// Its functions may be called only if [`crate::Isa::is_available`], with pointers valid for the floats they load or
/// store.
pub(crate) trait Simd: Copy {
    /// One register of floats.
    type Vector: Copy;
    /// Registers per 16 lanes.
    const REGISTERS: usize;
    /// The heights of its tiles in rows.
    const HEIGHTS: Sizes;
    /// The widths of its tiles in panels: more than one where there are registers for it.
    const WIDTHS: Sizes;
    /// Lookahead, in k, of a tile's prefetches of A if A has a row per k; 0 for none. It pays where the work per k is
    /// too short for the CPU's own lookahead.
    const AHEAD: usize;
    /// Heights and widths for the gradient of a weight: narrow, because Adam has work on each.
    const GRADIENT: (Sizes, Sizes);
    /// True if such a tile leaves registers for Adam, which then updates the previous tile while this one is summed.
    const BESIDE: bool;
    /// Heights and widths for a sparse gradient: low as well, because all rows of a tile share one list of nonzeros.
    const SPARSE: (Sizes, Sizes);

    /// All lanes equal to `x`.
    unsafe fn splat(x: f32) -> Self::Vector;
    /// Loads the floats from `from` on.
    unsafe fn load(from: *const f32) -> Self::Vector;
    /// Writes the floats from `to` on.
    unsafe fn store(to: *mut f32, v: Self::Vector);
    /// a·b + c, rounded once.
    unsafe fn fma(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// a − b
    unsafe fn sub(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// a·b
    unsafe fn mul(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// a/b
    unsafe fn div(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// √a
    unsafe fn sqrt(a: Self::Vector) -> Self::Vector;
    /// Prefetches a number for reading. Any address is allowed.
    unsafe fn will_read(from: *const f32);
    /// Prefetches a number for writing, so that no other core keeps a copy. Any address is allowed.
    unsafe fn will_change(from: *const f32);
    /// [`crate::tile::tile`] of this height and width.
    unsafe fn tile<B: Interleaved>(
        height: usize,
        width: usize,
        a: RowOperand,
        b: LaneOperand,
        ks: &[Offset],
        out: *mut f32,
        beside: &mut B,
    );
}
