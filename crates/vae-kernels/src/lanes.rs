//! Loops over the 16 lanes of a panel.

/// Numbers processed side by side, one per SIMD lane.
pub const LANES: usize = 16;

/// 16 numbers, each a function of its lane. Copy the operands beforehand: if the compiler can prove that nothing
/// overlaps, this is a handful of vector instructions.
#[inline(always)]
pub(crate) fn lanes<T: Copy + Default>(f: impl Fn(usize) -> T) -> [T; LANES] {
    let mut out = [T::default(); LANES];
    for (lane, out) in out.iter_mut().enumerate() {
        *out = f(lane);
    }
    out
}
