//! The levels: the operations of [`Simd`] and the tiles, compiled for each set of instructions.
#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::*;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use crate::operands::{LaneOperand, Offset, RowOperand};
use crate::simd::{Interleaved, Simd, Sizes};

/// Defines a level in a module of its own.
macro_rules! level {
    (
        $(#[$attribute:meta])*
        $module:ident, $($features:literal,)? $vector:ty, registers $registers:literal,
        heights $heights:expr, widths $widths:expr, ahead $ahead:literal,
        gradient $gradient:expr, beside $beside:literal, sparse $sparse:expr,
        tiles [$(($height:literal, $width:literal)),*],
        { splat($x:ident) $splat:expr, load($from:ident) $load:expr, store($to:ident, $value:ident) $store:expr,
          fma($a:ident, $b:ident, $c:ident) $fma:expr, sub $sub:expr, mul $mul:expr, div $div:expr, sqrt $sqrt:expr,
          will_read($read:ident) $will_read:expr, will_change($change:ident) $will_change:expr }
    ) => {
        $(#[$attribute])*
        pub(crate) mod $module {
            use super::*;

            #[derive(Clone, Copy)]
            pub(crate) struct Level;

            #[allow(unused_unsafe, clippy::undocumented_unsafe_blocks)] // the trait's own conditions, word for word
            impl Simd for Level {
                type Vector = $vector;
                const REGISTERS: usize = $registers;
                const HEIGHTS: Sizes = &$heights;
                const WIDTHS: Sizes = &$widths;
                const AHEAD: usize = $ahead;
                const GRADIENT: (Sizes, Sizes) = (&$gradient.0, &$gradient.1);
                const BESIDE: bool = $beside;
                const SPARSE: (Sizes, Sizes) = (&$sparse.0, &$sparse.1);

                #[inline(always)]
                unsafe fn splat($x: f32) -> $vector { unsafe { $splat } }
                #[inline(always)]
                unsafe fn load($from: *const f32) -> $vector { unsafe { $load } }
                #[inline(always)]
                unsafe fn store($to: *mut f32, $value: $vector) { unsafe { $store } }
                #[inline(always)]
                unsafe fn fma($a: $vector, $b: $vector, $c: $vector) -> $vector { unsafe { $fma } }
                #[inline(always)]
                unsafe fn sub($a: $vector, $b: $vector) -> $vector { unsafe { $sub } }
                #[inline(always)]
                unsafe fn mul($a: $vector, $b: $vector) -> $vector { unsafe { $mul } }
                #[inline(always)]
                unsafe fn div($a: $vector, $b: $vector) -> $vector { unsafe { $div } }
                #[inline(always)]
                unsafe fn sqrt($a: $vector) -> $vector { unsafe { $sqrt } }
                #[inline(always)]
                unsafe fn will_read($read: *const f32) { unsafe { $will_read } }
                #[inline(always)]
                unsafe fn will_change($change: *const f32) { unsafe { $will_change } }
                #[inline(always)]
                unsafe fn tile<B: Interleaved>(
                    height: usize, width: usize, a: RowOperand, b: LaneOperand, ks: &[Offset], out: *mut f32, beside: &mut B,
                ) {
                    match (height, width) {
                        $(($height, $width) => unsafe {
                            tile::<B, $height, { $width * $registers }>(a, b, ks, out, beside)
                        },)*
                        _ => unreachable!("no tile of {height} × {width}"),
                    }
                }
            }

            /// Never inlined: a call is cheap compared with its loop, which compiles best alone. Separate from
            /// `compiled`, because rustc 1.95 drops the attribute on a function with target features.
            #[inline(never)]
            unsafe fn tile<B: Interleaved, const HEIGHT: usize, const VECTORS: usize>(
                a: RowOperand, b: LaneOperand, ks: &[Offset], out: *mut f32, beside: &mut B,
            ) {
                $(#[target_feature(enable = $features)])?
                unsafe fn compiled<B: Interleaved, const HEIGHT: usize, const VECTORS: usize>(
                    a: RowOperand, b: LaneOperand, ks: &[Offset], out: *mut f32, beside: &mut B,
                ) {
                    // SAFETY: guaranteed by the caller.
                    unsafe { crate::tile::tile::<Level, B, HEIGHT, VECTORS>(a, b, ks, out, beside) }
                }
                // SAFETY: guaranteed by the caller.
                unsafe { compiled::<B, HEIGHT, VECTORS>(a, b, ks, out, beside) }
            }
        }
    };
}

level! {
    /// 16 floats per register, 32 registers.
    #[cfg(target_arch = "x86_64")]
    avx512, "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma", __m512, registers 1,
    heights [6, 4, 2, 1], widths [4, 2, 1], ahead 0,
    gradient ([6, 4, 2, 1], [2, 1]), beside true, sparse ([2, 1], [4, 2, 1]),
    tiles [(6, 4), (6, 2), (6, 1), (4, 2), (2, 2), (1, 2), (4, 1), (2, 1), (1, 1), (4, 4), (2, 4), (1, 4)],
    { splat(x) _mm512_set1_ps(x), load(from) _mm512_loadu_ps(from), store(to, v) _mm512_storeu_ps(to, v),
      fma(a, b, c) _mm512_fmadd_ps(a, b, c), sub _mm512_sub_ps(a, b), mul _mm512_mul_ps(a, b),
      div _mm512_div_ps(a, b), sqrt _mm512_sqrt_ps(a),
      will_read(from) _mm_prefetch::<_MM_HINT_T0>(from.cast()),
      will_change(from) _mm_prefetch::<_MM_HINT_ET0>(from.cast()) }
}

level! {
    /// 8 floats per register, 16 registers.
    #[cfg(target_arch = "x86_64")]
    avx2, "avx2,fma", __m256, registers 2,
    heights [6, 4, 2, 1], widths [1], ahead 12,
    gradient ([6, 4, 2, 1], [1]), beside false, sparse ([4, 2, 1], [1]),
    tiles [(6, 1), (4, 1), (2, 1), (1, 1)],
    { splat(x) _mm256_set1_ps(x), load(from) _mm256_loadu_ps(from), store(to, v) _mm256_storeu_ps(to, v),
      fma(a, b, c) _mm256_fmadd_ps(a, b, c), sub _mm256_sub_ps(a, b), mul _mm256_mul_ps(a, b),
      div _mm256_div_ps(a, b), sqrt _mm256_sqrt_ps(a),
      will_read(from) _mm_prefetch::<_MM_HINT_T0>(from.cast()),
      will_change(from) _mm_prefetch::<_MM_HINT_ET0>(from.cast()) }
}

level! {
    /// 4 floats per register, 32 registers.
    #[cfg(target_arch = "aarch64")]
    neon, "neon", float32x4_t, registers 4,
    heights [6, 4, 2, 1], widths [1], ahead 0,
    gradient ([6, 4, 2, 1], [1]), beside false, sparse ([4, 2, 1], [1]),
    tiles [(6, 1), (4, 1), (2, 1), (1, 1)],
    { splat(x) vdupq_n_f32(x), load(from) vld1q_f32(from), store(to, v) vst1q_f32(to, v),
      fma(a, b, c) vfmaq_f32(c, a, b), sub vsubq_f32(a, b), mul vmulq_f32(a, b),
      div vdivq_f32(a, b), sqrt vsqrtq_f32(a),
      will_read(_from) (), will_change(_from) () }
}

level! {
    /// One float at a time.
    scalar, f32, registers 16,
    heights [1], widths [1], ahead 0,
    gradient ([1], [1]), beside false, sparse ([1], [1]),
    tiles [(1, 1)],
    { splat(x) x, load(from) *from, store(to, v) *to = v,
      fma(a, b, c) a.mul_add(b, c), sub a - b, mul a * b, div a / b, sqrt a.sqrt(),
      will_read(_from) (), will_change(_from) () }
}

/// Calls `function::<Level>(arguments)` for the given level, compiled for it by [`Isa::run`](crate::Isa::run).
macro_rules! at_level {
    ($isa:expr, $function:ident($($argument:expr),*)) => {
        match $isa {
            #[cfg(target_arch = "x86_64")]
            $crate::Isa::Avx512 => $isa.run(#[inline(always)] || $function::<$crate::levels::avx512::Level>($($argument),*)),
            #[cfg(target_arch = "x86_64")]
            $crate::Isa::Avx2 => $isa.run(#[inline(always)] || $function::<$crate::levels::avx2::Level>($($argument),*)),
            #[cfg(target_arch = "aarch64")]
            $crate::Isa::Neon => $isa.run(#[inline(always)] || $function::<$crate::levels::neon::Level>($($argument),*)),
            _ => $function::<$crate::levels::scalar::Level>($($argument),*),
        }
    };
}
pub(crate) use at_level;
