//! Loops over the 16 lanes of a panel.

/// Numbers worked on side by side, one to a SIMD lane.
pub const LANES: usize = 16;

/// 16 numbers, each a function of its lane. Operands are to be copied beforehand: where the compiler sees that nothing
/// overlaps, this is a handful of vector instructions.
#[inline(always)]
pub(crate) fn lanes<T: Copy + Default>(of: impl Fn(usize) -> T) -> [T; LANES] {
    let mut out = [T::default(); LANES];
    for (lane, out) in out.iter_mut().enumerate() {
        *out = of(lane);
    }
    out
}
