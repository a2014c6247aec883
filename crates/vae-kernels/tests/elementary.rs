//! The elementary functions against the f64 ones of the standard library, over a sweep of all f32 bit patterns.
use std::f64::consts::TAU;

use vae_kernels::Isa;
use vae_kernels::elementary::{exp, exp_m1, ln, sigmoid, sin_cos_turns, softplus, softplus_and_sigmoid, tanh};

/// A prime, so that the sweep reaches every exponent with ever different mantissas. With 1 the sweep is exhaustive
/// (some minutes) and gives, rounded up, the figures of the module's documentation, which are the bounds here.
const STRIDE: usize = 1009;

/// The error of `value` in units of the last place of the true value; 0 if both are the same special value.
fn ulps(value: f32, truth: f64) -> f64 {
    let rounded = truth as f32;
    if value.to_bits() == rounded.to_bits() || (value.is_nan() && truth.is_nan()) {
        return 0.0;
    }
    if !value.is_finite() && !rounded.is_finite() || value.is_nan() || truth.is_nan() {
        return f64::INFINITY;
    }
    // An infinite value against a finite truth counts as 2^128, and the other way round.
    let finite = |x: f64| if x.is_infinite() { 2f64.powi(128).copysign(x) } else { x };
    let exponent = truth.abs().clamp(f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX)).log2().floor();
    (finite(f64::from(value)) - finite(truth)).abs() / (exponent - 23.0).exp2()
}

/// The largest error over the sweep, and its argument.
fn worst(function: impl Fn(f32) -> f32, truth: impl Fn(f64) -> f64) -> (f64, f32) {
    (0..=u32::MAX).step_by(STRIDE).map(f32::from_bits).fold((0.0, 0.0), |worst, x| {
        let error = ulps(function(x), truth(f64::from(x)));
        if error > worst.0 { (error, x) } else { worst }
    })
}

/// sin 2πx and cos 2πx of an f32, reduced by quarter turns, which is exact.
fn true_sin_cos(x: f64) -> (f64, f64) {
    let turns = x - x.round();
    let quarter = (4.0 * turns).round();
    let (sin, cos) = (TAU * (turns - 0.25 * quarter)).sin_cos();
    match quarter as i32 & 3 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

fn assert_within(bound: f64, name: &str, (error, x): (f64, f32)) {
    assert!(error <= bound, "{name}({x:e}) is {error} ulp from the truth");
}

#[test]
fn exp_is_within_its_bound() {
    assert_within(0.96, "exp", worst(exp, f64::exp));
}

#[test]
fn exp_m1_is_within_its_bound() {
    assert_within(1.82, "exp_m1", worst(exp_m1, f64::exp_m1));
}

#[test]
fn tanh_is_within_its_bound() {
    assert_within(1.85, "tanh", worst(tanh, f64::tanh));
}

#[test]
fn ln_is_within_its_bound() {
    assert_within(0.91, "ln", worst(ln, f64::ln));
}

#[test]
fn softplus_is_within_its_bound() {
    let truth = |x: f64| if x > 700.0 { x } else { x.exp().ln_1p() };
    assert_within(1.70, "softplus", worst(softplus, truth));
}

#[test]
fn sigmoid_is_within_its_bound() {
    assert_within(1.66, "sigmoid", worst(sigmoid, |x| 1.0 / (1.0 + (-x).exp())));
}

#[test]
fn sine_and_cosine_are_within_their_bounds() {
    // A zero's sign is ignored: that of `true_sin_cos` depends on its own rounding.
    let unsigned = |x: f32| if x == 0.0 { 0.0 } else { x };
    let unsigned_truth = |x: f64| if x == 0.0 { 0.0 } else { x };
    assert_within(1.03, "sin", worst(|x| unsigned(sin_cos_turns(x).0), |x| unsigned_truth(true_sin_cos(x).0)));
    assert_within(1.03, "cos", worst(|x| unsigned(sin_cos_turns(x).1), |x| unsigned_truth(true_sin_cos(x).1)));
}

#[test]
fn edges_are_exact() {
    let zero = 0.0f32;
    let tiny = f32::from_bits(1);
    let inf = f32::INFINITY;
    assert_eq!([exp(zero), exp(-zero), exp(tiny), exp(inf), exp(-inf)], [1.0, 1.0, 1.0, inf, 0.0]);
    assert_eq!([exp(88.72284), exp(-103.98), exp(f32::MAX), exp(f32::MIN)], [inf, 0.0, inf, 0.0]);
    assert!(exp(88.72283) < inf && exp(-103.97) == tiny);

    assert_eq!([exp_m1(tiny), exp_m1(-tiny), exp_m1(inf), exp_m1(-inf)], [tiny, -tiny, inf, -1.0]);
    assert_eq!([exp_m1(88.72284), exp_m1(f32::MAX), exp_m1(-18.0), exp_m1(f32::MIN)], [inf, inf, -1.0, -1.0]);
    assert!(exp_m1(88.72283) < inf);

    assert_eq!([tanh(tiny), tanh(9.010914), tanh(inf), tanh(f32::MIN)], [tiny, 1.0, 1.0, -1.0]);
    assert!(tanh(9.010913) < 1.0);
    for odd in [exp_m1, tanh] {
        assert_eq!([odd(zero).to_bits(), odd(-zero).to_bits()], [zero.to_bits(), (-zero).to_bits()]);
    }

    assert_eq!([ln(1.0), ln(zero), ln(-zero), ln(inf)], [0.0, -inf, -inf, inf]);
    assert_eq!(ln(tiny), -103.27893);
    assert!(ln(-tiny).is_nan() && ln(-inf).is_nan());

    assert_eq!(
        [softplus(zero), softplus(-inf), softplus(inf), softplus(200.0)],
        [std::f32::consts::LN_2, 0.0, inf, 200.0]
    );
    assert_eq!([sigmoid(zero), sigmoid(-inf), sigmoid(inf), sigmoid(f32::MIN)], [0.5, 0.0, 1.0, 0.0]);

    for (turns, sin, cos) in [(0.0, 0.0, 1.0), (0.25, 1.0, 0.0), (0.5, 0.0, -1.0), (-0.25, -1.0, 0.0), (1e30, 0.0, 1.0)]
    {
        assert_eq!(sin_cos_turns(turns), (sin, cos), "at {turns} turns");
    }
    assert_eq!(sin_cos_turns(-zero).0.to_bits(), (-zero).to_bits());
    assert_eq!(sin_cos_turns(tiny).0, 6.0 * tiny);

    for nan in [
        exp(f32::NAN),
        exp_m1(f32::NAN),
        tanh(f32::NAN),
        ln(f32::NAN),
        softplus(f32::NAN),
        sigmoid(f32::NAN),
        sin_cos_turns(f32::NAN).0,
        sin_cos_turns(inf).1,
    ] {
        assert!(nan.is_nan());
    }
}

#[test]
fn sigmoid_is_symmetric_to_rounding() {
    for i in -1000..=1000i16 {
        let x = f32::from(i) * 0.02;
        assert!((sigmoid(x) + sigmoid(-x) - 1.0).abs() <= f32::EPSILON, "at {x}");
    }
}

#[test]
fn tanh_is_odd() {
    for x in (0..=u32::MAX >> 1).step_by(STRIDE).map(f32::from_bits).filter(|x| !x.is_nan()) {
        assert_eq!(tanh(-x).to_bits(), (-tanh(x)).to_bits(), "at {x:e}");
    }
}

/// All functions of a block of arguments, each in a loop of its own for the compiler to vectorise.
#[inline(always)]
fn all<const N: usize>(x: &[f32; N]) -> [(&'static str, [f32; N]); 10] {
    macro_rules! each {
        ($function:expr) => {{
            let mut values = [0.0; N];
            for i in 0..N {
                values[i] = $function(x[i]);
            }
            values
        }};
    }
    [
        ("exp", each!(exp)),
        ("exp_m1", each!(exp_m1)),
        ("tanh", each!(tanh)),
        ("ln", each!(ln)),
        ("softplus", each!(softplus)),
        ("sigmoid", each!(sigmoid)),
        ("softplus of both", each!(|x| softplus_and_sigmoid(x).0)),
        ("sigmoid of both", each!(|x| softplus_and_sigmoid(x).1)),
        ("sine", each!(|x| sin_cos_turns(x).0)),
        ("cosine", each!(|x| sin_cos_turns(x).1)),
    ]
}

#[test]
fn every_level_gives_the_same_bits() {
    const SPECIAL: [f32; 8] =
        [-0.0, 1.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, f32::MIN_POSITIVE];
    // The payload of a NaN is unspecified.
    let bits = |value: f32| if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() };
    let sweep: Vec<f32> = (0..=u32::MAX).step_by(STRIDE).map(f32::from_bits).chain(SPECIAL).collect();
    for x in sweep.chunks(1024) {
        let x: [f32; 1024] = std::array::from_fn(|i| x[i % x.len()]);
        let expected = x.map(|x| all(&[x]));
        for isa in Isa::available() {
            let found = isa.run(
                #[inline(always)]
                || all(&x),
            );
            for (function, (name, values)) in found.iter().enumerate() {
                for (i, &value) in values.iter().enumerate() {
                    let expected = expected[i][function].1[0];
                    assert_eq!(bits(value), bits(expected), "{name}({:e}) at {}", x[i], isa.name());
                }
            }
        }
    }
}
