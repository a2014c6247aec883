//! Elementary functions in `f32`, each within 2 ulp of the truth over its whole range.
//!
//! The platform's `expf`, `logf`, `sinf` differ in their last bits between systems and between CPU and GPU, and are
//! opaque to the vectoriser: they would make equal bits and fast loops impossible. These are straight lines of fused
//! multiply-adds (`f32::mul_add`, rounded once by definition) without a table or a branch: each `if` below is a select.
//! Compiled without the fma target feature `mul_add` is a call into libm: the same bits, several times slower.
//!
//! Each function reduces its argument exactly, or with an error far below an ulp, to a short interval and evaluates a
//! near-minimax polynomial there by Horner's rule. The coefficients are Chebyshev fits of the *remainder* after the
//! leading Taylor terms, which are kept exact, made with
//!
//! ```python
//! from mpmath import mp, chebyfit, hyp1f1, log, sin, cos, sqrt, pi
//! mp.dps = 40
//! chebyfit(lambda r: hyp1f1(1, 3, r) / 2, [-log(2) / 2, log(2) / 2], 5)                          # EXP
//! chebyfit(lambda f: (log(1 + f) - f + f**2 / 2) / f**3, [1 / sqrt(2) - 1, sqrt(2) - 1], 9)      # LN
//! chebyfit(lambda y: (sin(2 * pi * sqrt(y)) / sqrt(y) - 2 * pi) / y, [0, 1 / mp.mpf(64)], 3)     # SIN
//! chebyfit(lambda y: (cos(2 * pi * sqrt(y)) - 1) / y, [0, 1 / mp.mpf(64)], 4)                    # COS
//! ```
//!
//! (`hyp1f1(1, 3, r) / 2` is (eʳ − 1 − r)/r² without its cancellation), rounded to `f32`.
//!
//! Largest errors over **all** 2³² arguments, in units of the last place of the true value:
//!
//! | function | max ulp |
//! | --- | --- |
//! | [`exp`] | 0.96 |
//! | [`exp_m1`] | 1.82 |
//! | [`tanh`] | 1.85 |
//! | [`ln`] | 0.91 |
//! | [`softplus`] | 1.70 |
//! | [`sigmoid`] | 1.66 |
//! | [`sin_cos_turns`], sine | 1.03 |
//! | [`sin_cos_turns`], cosine | 1.03 |
//!
//! A NaN gives a NaN, with an unspecified payload.
use std::f32::consts::{LN_2, LOG2_E, SQRT_2, TAU};

/// ln 2 − [`LN_2`]: together they hold ln 2 to 49 bits.
const LN_2_LOW: f32 = -1.9046543e-9;

/// 2π − [`TAU`].
const TAU_LOW: f32 = -1.7484556e-7;

/// Adding and subtracting 1.5 · 2²³ rounds |x| ≤ 2²² to the nearest integer, ties to even; between the two, the low
/// bits of the sum *are* that integer.
const ROUNDER: f32 = 12_582_912.0;

/// The sign bit of an `f32`.
const SIGN: u32 = 1 << 31;

/// Highest power first, as all tables here: (eʳ − 1 − r)/r² on |r| ≤ ½ ln 2.
const EXP: [f32; 5] = [0.0013926176, 0.008363173, 0.041666556, 0.16666578, 0.5];

/// (ln(1+f) − f + ½f²)/f³ on √½ − 1 ≤ f ≤ √2 − 1.
const LN: [f32; 9] =
    [0.06971612, -0.11479734, 0.1168542, -0.12425687, 0.14249058, -0.16667803, 0.20000716, -0.24999997, 0.3333333];

/// (sin(2πt) − 2πt)/t³ in y = t², |t| ≤ ⅛.
const SIN: [f32; 3] = [-75.7263, 81.59952, -41.341698];

/// (cos(2πt) − 1)/t² in y = t², |t| ≤ ⅛.
const COS: [f32; 4] = [59.424107, -85.44882, 64.93937, -19.739208];

/// eˣ. Overflows to ∞ from 88.72284 on, passes through the denormals, and is 0 below −103.97208.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let (p, n) = exp_m1_reduced(x);
    // In two factors, because 2¹²⁸ and 2⁻¹⁵⁰ are not floats.
    (1.0 + p) * power_of_two(n >> 1) * power_of_two(n - (n >> 1))
}

/// eˣ − 1, which near 0 is x, sign included. Overflows to ∞ where [`exp`] does.
///
/// For a barely used latent, KL(q‖p) = ½ Σ (μ² + σ² − 1 − ln σ²) depends on σ² − 1 = exp_m1(ln σ²), a difference that
/// [`exp`] would round away.
#[inline(always)]
pub fn exp_m1(x: f32) -> f32 {
    let (p, n) = exp_m1_reduced(x);
    // 2ⁿ (1 + p) − 1 = 2ʰ (2ˡ p + (2ˡ − 2⁻ʰ)), l + h = n: for n = 0 that is p itself, otherwise it is rounded once
    // more.
    let (low, high) = (n >> 1, n - (n >> 1));
    let scaled = p.mul_add(power_of_two(low), power_of_two(low) - power_of_two(-high));
    (scaled * power_of_two(high)).copysign(x)
}

/// The hyperbolic tangent: t/(t + 2) with t = e²ˣ − 1 of |x|, and the sign of x. ±1 from 9.010914 on.
///
/// Written as v − v·q for the reason given at [`sigmoid`]: ½t − ½t·t/(t + 2) left of t = 2, and 1 − 2/(t + 2) right of
/// it.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let magnitude = x.abs();
    // From 10 on the result is ±1, and t is far from its overflow.
    let magnitude = if magnitude > 10.0 { 10.0 } else { magnitude };
    let t = exp_m1(2.0 * magnitude);
    let (v, numerator) = if t < 2.0 { (0.5 * t, t) } else { (1.0, 2.0) };
    v.mul_add(-(numerator / (t + 2.0)), v).copysign(x)
}

/// The natural logarithm. −∞ at ±0, NaN below.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    // A denormal is first scaled into the normal range by 2²³.
    let is_denormal = x < f32::MIN_POSITIVE;
    let scaled = if is_denormal { x * 8_388_608.0 } else { x };
    // x = 2ᵉ (1 + f), √½ ≤ 1 + f < √2: counting the exponent's steps from √½ rather than from 1
    let sqrt_half = (0.5 * SQRT_2).to_bits();
    let exponent = (scaled.to_bits().wrapping_sub(sqrt_half) as i32) >> 23;
    let f = f32::from_bits(scaled.to_bits().wrapping_sub((exponent << 23) as u32)) - 1.0;
    let e = (if is_denormal { exponent - 23 } else { exponent }) as f32;
    let ln_x = e.mul_add(LN_2, e.mul_add(LN_2_LOW, ln_1p_reduced(f)));
    let ln_x = if x < f32::INFINITY { ln_x } else { x }; // ∞ and NaN
    let ln_x = if x < 0.0 { f32::NAN } else { ln_x };
    if x == 0.0 { f32::NEG_INFINITY } else { ln_x }
}

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|): nothing overflows, nothing cancels.
///
/// −ln p(x|l) of a Bernoulli variable with logit l is softplus(l) − l·x.
#[inline(always)]
pub fn softplus(x: f32) -> f32 {
    softplus_and_sigmoid(x).0
}

/// 1/(1 + e^−x) = v − v·t/(1 + t) with t = e^−|x|, and v = 1 right of 0 or t left of it. Neither end loses accuracy:
/// where the quotient is small, so is the share of its rounding errors.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    softplus_and_sigmoid(x).1
}

/// ([`softplus`], [`sigmoid`]) from one e^−|x|: the second is the derivative of the first, so a loss and its gradient
/// need both. (If one is unused, the compiler drops it.)
#[inline(always)]
pub fn softplus_and_sigmoid(x: f32) -> (f32, f32) {
    let t = exp(-x.abs());
    // ln(1+t) = k ln 2 + ln(1+f), k ∈ {0, 1}, with f = t or (t−1)/2, again from √½ − 1 to √2 − 1
    let is_upper = t > SQRT_2 - 1.0;
    let f = if is_upper { t.mul_add(0.5, -0.5) } else { t };
    let k_ln_2 = if is_upper { LN_2 } else { 0.0 };
    let ln_1p_t = k_ln_2 + ln_1p_reduced(f);
    let positive_part = if x > 0.0 { x } else { 0.0 };
    let v = if x < 0.0 { t } else { 1.0 };
    (positive_part + ln_1p_t, v.mul_add(-(t / (1.0 + t)), v))
}

/// (sin 2πx, cos 2πx): the angle is given in turns, because only then can it be reduced exactly (x − ¼ round(4x) has
/// no rounding error, for any x). NaN at ±∞; the sine of −0 is −0.
#[inline(always)]
pub fn sin_cos_turns(x: f32) -> (f32, f32) {
    let turns = x.abs();
    // From 2²³ on every float is a whole number of turns, so it counts as 0 (and ∞ · 0 as NaN). Up to there the rounder
    // leaves at most one turn: between 2²² and 2²³ it rounds to even numbers.
    let turns = if turns < 8_388_608.0 { turns } else { turns * 0.0 };
    let turns = turns - ((turns + ROUNDER) - ROUNDER);
    // |x| = whole turns + q/4 + t, |t| ≤ ⅛
    let rounded = turns.mul_add(4.0, ROUNDER);
    let t = (rounded - ROUNDER).mul_add(-0.25, turns);
    let y = t * t;
    let sin_t = t.mul_add(TAU, t * horner(&SIN, y).mul_add(y, TAU_LOW));
    let cos_t = horner(&COS, y).mul_add(y, 1.0);
    // The quadrant q mod 4 swaps the two and sets the signs: bit 0 and bit 1 of `rounded`.
    let q = rounded.to_bits();
    let (sin_x, cos_x) = if q & 1 == 0 { (sin_t, cos_t) } else { (cos_t, sin_t) };
    let sin_sign = (q << 30 ^ x.to_bits()) & SIGN;
    let cos_sign = (q.wrapping_add(1) << 30) & SIGN;
    (f32::from_bits(sin_x.to_bits() ^ sin_sign), f32::from_bits(cos_x.to_bits() ^ cos_sign))
}

/// (eʳ − 1, n) with x = n ln 2 + r, |r| ≤ ½ ln 2, so that eˣ = 2ⁿ eʳ.
#[inline(always)]
fn exp_m1_reduced(x: f32) -> (f32, i32) {
    // Outside [−104, 89] the exponential is 0 or ∞, and inside it n stays small enough for `power_of_two`.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let rounded = x.mul_add(LOG2_E, ROUNDER);
    let n = rounded - ROUNDER;
    let r_high = n.mul_add(-LN_2, x); // exact
    let r_low = n * -LN_2_LOW;
    let r = r_high + r_low;
    // eʳ − 1 = r + r² g(r), small terms first
    let p = r_high + horner(&EXP, r).mul_add(r * r, r_low);
    (p, rounded.to_bits().wrapping_sub(ROUNDER.to_bits()) as i32)
}

/// ln(1+f) = f + f² (f g(f) − ½) on √½ − 1 ≤ f ≤ √2 − 1.
#[inline(always)]
fn ln_1p_reduced(f: f32) -> f32 {
    (f * f).mul_add(horner(&LN, f).mul_add(f, -0.5), f)
}

/// 2ⁿ for −126 ≤ n ≤ 127 (unspecified for other n, which only a NaN produces).
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23) as u32)
}

/// The polynomial with these coefficients, highest power first, at x.
#[inline(always)]
fn horner<const N: usize>(coefficients: &[f32; N], x: f32) -> f32 {
    let mut sum = coefficients[0];
    for &coefficient in &coefficients[1..] {
        sum = sum.mul_add(x, coefficient);
    }
    sum
}
