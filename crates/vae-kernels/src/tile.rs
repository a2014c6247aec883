//! The one inner loop: every product of the step is made of tiles
//!
//! ```text
//! out[r][j] = Σ_k  A[r, k] · B[k, j]        r < HEIGHT, j < 16·WIDTH
//! ```
//!
//! A number of A is broadcast to a register, and B is read 16 numbers at a time. A is a weight matrix or a panel, B a
//! panel; a list of offsets, one pair for each k, gives their addresses. The offsets of a forward product count up,
//! those of a backward one stride, a sparse one leaves some out: the loop is the same.
//!
//! Each output has one accumulator, to which the products are added with k ascending, each by one fused multiply-add.
//! So the bits are those of the formula above run as a program, whatever the level, the tile's size or the thread.
use crate::lanes::LANES;
use crate::operands::{LaneOperand, Offset, RowOperand};
use crate::simd::{Interleaved, Simd};

/// Floats in the largest tile of any level.
pub(crate) const MAX_FLOATS: usize = 384;

/// Computes one tile. `VECTORS` registers hold its width.
///
/// # Safety
/// For each k of `ks`, a number of each row of A must be readable and 16 of each panel of B; `out` must have room for
/// `HEIGHT` rows of the width.
#[inline(always)]
pub(crate) unsafe fn tile<S: Simd, B: Interleaved, const HEIGHT: usize, const VECTORS: usize>(
    a: RowOperand,
    b: LaneOperand,
    ks: &[Offset],
    out: *mut f32,
    beside: &mut B,
) {
    let lanes = LANES / S::REGISTERS;
    // SAFETY: the caller guarantees every address.
    unsafe {
        let mut sums = [[S::splat(0.0); VECTORS]; HEIGHT];
        if S::AHEAD > 0 && a.stride == 1 {
            for (i, k) in ks.iter().enumerate() {
                S::will_read(a.start.add(ks.get_unchecked((i + S::AHEAD).min(ks.len() - 1)).a as usize));
                add::<S, HEIGHT, VECTORS>(a, b, k, &mut sums);
            }
        } else {
            for ks in ks.chunks((ks.len() / (beside.left() + 1)).max(1)) {
                for k in ks {
                    add::<S, HEIGHT, VECTORS>(a, b, k, &mut sums);
                }
                beside.advance::<S>();
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (v, &sum) in sums.iter().enumerate() {
                S::store(out.add(r * VECTORS * lanes + v * lanes), sum);
            }
        }
    }
}

/// Adds the products of one k.
///
/// # Safety
/// As for [`tile`].
#[inline(always)]
unsafe fn add<S: Simd, const HEIGHT: usize, const VECTORS: usize>(
    a: RowOperand,
    b: LaneOperand,
    k: &Offset,
    sums: &mut [[S::Vector; VECTORS]; HEIGHT],
) {
    let lanes = LANES / S::REGISTERS;
    // SAFETY: guaranteed by the caller.
    unsafe {
        let (w, panels) = (a.start.add(k.a as usize), b.start.add(k.b as usize));
        let mut x = [S::splat(0.0); VECTORS];
        for (v, x) in x.iter_mut().enumerate() {
            *x = S::load(panels.add(v / S::REGISTERS * b.stride + v % S::REGISTERS * lanes));
        }
        for (r, sums) in sums.iter_mut().enumerate() {
            let w = S::splat(*w.add(r * a.stride));
            for (sum, &x) in sums.iter_mut().zip(&x) {
                *sum = S::fma(w, x, *sum);
            }
        }
    }
}
