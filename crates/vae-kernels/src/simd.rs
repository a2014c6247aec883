//! The few vector operations that differ from level to level, as a trait. Elementwise arithmetic is plain loops over 16
//! floats ([`lanes`](crate::lanes::lanes)), which the compiler turns into the vectors of whatever level the function
//! around them is compiled for.
use crate::operands::{Lanes, Offset, Rows};

/// The sizes that a range is cut into, largest first, the last of them 1.
pub(crate) type Sizes = &'static [usize];

/// Work beside the sums of a tile, piece by piece: the CPU divides while it multiplies.
pub(crate) trait Beside {
    /// Pieces that are left.
    fn left(&self) -> usize;

    /// Does one of them, if there are any.
    ///
    /// # Safety
    /// The CPU must offer the level.
    unsafe fn go_on<S: Simd>(&mut self);
}

/// Nothing.
impl Beside for () {
    #[inline(always)]
    fn left(&self) -> usize {
        0
    }

    #[inline(always)]
    unsafe fn go_on<S: Simd>(&mut self) {}
}

/// One level.
///
/// # Safety
/// Its functions may be called only where [`crate::Isa::is_available`] says so, with pointers to as many floats as
/// they load or store.
pub(crate) trait Simd: Copy {
    /// One register of floats.
    type Vector: Copy;
    /// Registers to 16 lanes.
    const REGISTERS: usize;
    /// The heights of its tiles in rows.
    const HEIGHTS: Sizes;
    /// The widths of its tiles in panels: more than one where there are registers for it.
    const WIDTHS: Sizes;
    /// How many k ahead a tile asks for the numbers of A that lie in a row of their own for each k; 0: not at all. It
    /// pays where a k is done with so soon that the CPU cannot look as far ahead by itself.
    const AHEAD: usize;
    /// Heights and widths for the gradient of a weight: narrow, as Adam has some work to do for each.
    const GRADIENT: (Sizes, Sizes);
    /// Has such a tile registers left for Adam, which then goes on with the tile before while this one is summed?
    const BESIDE: bool;
    /// Heights and widths for a sparse gradient: low as well, because all rows of a tile share one list of what is not 0.
    const SPARSE: (Sizes, Sizes);

    /// All lanes equal to `x`.
    unsafe fn splat(x: f32) -> Self::Vector;
    /// The floats from `from` on.
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
    /// Asks for a number that will be read. Any address will do.
    unsafe fn will_read(from: *const f32);
    /// Asks for a number that will be changed, so that no other core keeps a copy. Any address will do.
    unsafe fn will_change(from: *const f32);
    /// [`crate::tile::tile`] of this height and width.
    unsafe fn tile<B: Beside>(
        height: usize,
        width: usize,
        a: Rows,
        b: Lanes,
        ks: &[Offset],
        out: *mut f32,
        beside: &mut B,
    );
}
