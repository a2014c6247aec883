//! The normals are normal, independent, and the same however they are requested.
use vae_kernels::noise::{fill_normals, normals, uniforms};
use vae_kernels::{Key, Stream};

/// Number of draws of the statistical tests. Everything is seeded: they pass always or never.
const N: usize = 1 << 21;

fn draws(key: Key) -> Vec<f32> {
    let mut out = vec![0.0; N];
    fill_normals(key, 0, 0, 64, &mut out);
    out
}

/// Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …): G. Marsaglia, *Evaluating the normal distribution*, JSS 11(4), 2004.
fn normal_cdf(x: f64) -> f64 {
    let mut sum = x;
    let mut term = x;
    let mut k = 3.0;
    while sum + term != sum {
        term *= x * x / k;
        sum += term;
        k += 2.0;
    }
    0.5 + sum * (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()
}

/// The correlation of two sets of standard normals, in units of its standard error 1/√n.
fn correlation(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>() / (a.len() as f64).sqrt()
}

#[test]
fn normals_have_the_moments_of_a_normal() {
    let draws = draws(Key::new(1, Stream::Noise));
    let moment = |power| draws.iter().map(|&z| f64::from(z).powi(power)).sum::<f64>() / N as f64;
    // E zᵏ and four of its standard errors √((E z²ᵏ − (E zᵏ)²)/N)
    for (power, expected, variance) in
        [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0), (6, 15.0, 10170.0)]
    {
        let tolerance = 4.0 * f64::sqrt(variance / N as f64);
        let error = moment(power) - expected;
        assert!(error.abs() < tolerance, "E z^{power} is off by {error}, tolerance {tolerance}");
    }
}

#[test]
fn normals_pass_a_kolmogorov_smirnov_test() {
    let mut draws = draws(Key::new(2, Stream::Noise));
    draws.sort_by(f32::total_cmp);
    let n = N as f64;
    let distance = (0..N).map(|i| (normal_cdf(f64::from(draws[i])) - (i as f64 + 0.5) / n).abs()).fold(0.0, f64::max);
    // 1.63 is exceeded by one sample in a hundred.
    assert!((distance + 0.5 / n) * n.sqrt() < 1.63, "the distance is {}", distance * n.sqrt());
    assert!(draws[0] < -4.5 && draws[N - 1] > 4.5 && draws[0] > -6.77 && draws[N - 1] < 6.77);
}

#[test]
fn seeds_streams_steps_rows_and_dimensions_are_uncorrelated() {
    let key = Key::new(3, Stream::Noise);
    let at = |key, step, first_row| {
        let mut out = vec![0.0; N / 4];
        fill_normals(key, step, first_row, 16, &mut out);
        out
    };
    let base = at(key, 5, 0);
    let others = [
        ("seed", at(Key::new(4, Stream::Noise), 5, 0)),
        ("stream", at(Key::new(3, Stream::Validation), 5, 0)),
        ("step", at(key, 6, 0)),
        ("high half of the step", at(key, 5 + (1 << 32), 0)),
        ("row", at(key, 5, 1)),
    ];
    for (name, other) in others {
        let standard_errors = correlation(&base, &other);
        assert!(standard_errors.abs() < 4.0, "the next {name} correlates by {standard_errors} standard errors");
    }
    // Neighbouring dimensions share a radius or an angle: their squares must not correlate either.
    let squares: Vec<f32> = base.iter().map(|z| (z * z - 1.0) * 0.5f32.sqrt()).collect();
    for lag in 1..=4 {
        assert!(correlation(&base, &base[lag..]).abs() < 4.0, "lag {lag}");
        assert!(correlation(&squares, &squares[lag..]).abs() < 4.0, "squares, lag {lag}");
    }
}

#[test]
fn uniforms_are_uniform_below_one() {
    let mut out = vec![0.0; N];
    uniforms(Key::new(1, Stream::Binarize), 0, 0, &mut out);
    assert!(out.iter().all(|u| (0.0..1.0).contains(u)));
    let mut counts = [0u32; 256];
    out.iter().for_each(|u| counts[(u * 256.0) as usize] += 1);
    let expected = N as f64 / 256.0;
    let chi_square: f64 = counts.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
    // 255 degrees of freedom: mean 255, standard deviation 22.6
    assert!((chi_square - 255.0).abs() < 4.0 * 22.6, "chi-square is {chi_square}");
}

#[test]
fn a_block_is_the_same_in_any_pieces() {
    let key = Key::new(7, Stream::Noise);
    for dims in [1, 2, 3, 4, 5, 20, 33] {
        let rows = 10;
        let mut whole = vec![0.0; rows * dims];
        fill_normals(key, 9, 100, dims, &mut whole);
        for split in 0..=rows {
            let mut pieces = vec![0.0; rows * dims];
            let (first, second) = pieces.split_at_mut(split * dims);
            fill_normals(key, 9, 100 + split as u32, dims, second);
            fill_normals(key, 9, 100, dims, first);
            assert_eq!(pieces, whole, "{dims} dimensions, split after {split} rows");
        }
    }
}

#[test]
fn the_first_dimensions_do_not_depend_on_their_number() {
    let key = Key::new(7, Stream::Sampling);
    let mut long = [0.0; 41];
    normals(key, 3, 8, &mut long);
    let mut long_uniforms = [0.0; 41];
    uniforms(key, 3, 8, &mut long_uniforms);
    for dims in 0..long.len() {
        let mut short = vec![0.0; dims];
        normals(key, 3, 8, &mut short);
        assert_eq!(short, long[..dims]);
        uniforms(key, 3, 8, &mut short);
        assert_eq!(short, long_uniforms[..dims]);
    }
}

/// Bits made by this code: every other implementation of it (SIMD, CUDA) and every machine must give the same.
#[test]
fn golden_bits() {
    let bits = |seed, stream, step, row| {
        let mut out = [0.0; 6];
        normals(Key::new(seed, stream), step, row, &mut out);
        out.map(f32::to_bits)
    };
    let golden = [
        (1, Stream::Noise, 0, 0, [0xbf1f_2227, 0xbf4a_7fe9, 0xbe9d_8eaa, 0xbf3e_a8e1, 0x3f38_4b3e, 0x3e85_6168]),
        (1, Stream::Noise, 1, 127, [0xbfaa_ba58, 0xbfc7_ebe3, 0x3d8b_9b78, 0x3f89_5c2d, 0x3dd1_2135, 0x3eb4_cc5b]),
        (
            u64::MAX,
            Stream::Validation,
            u64::MAX,
            u32::MAX,
            [0xbf05_9aa5, 0xbf04_63fa, 0xbc55_2fae, 0x3f0e_4cd0, 0x3f7d_1a9e, 0xbf4e_a3ef],
        ),
        (
            0x0123_4567_89AB_CDEF,
            Stream::Sampling,
            1 << 40,
            3,
            [0xbf27_fe37, 0xbc30_0aa8, 0x3dc9_fff7, 0xbf86_d721, 0xbf35_7a23, 0xbe73_4d98],
        ),
    ];
    for (seed, stream, step, row, expected) in golden {
        assert_eq!(bits(seed, stream, step, row), expected, "seed {seed}, {stream:?}, step {step}, row {row}");
    }
    let mut out = [0.0; 5];
    uniforms(Key::new(1, Stream::Binarize), 2, 3, &mut out);
    assert_eq!(out.map(f32::to_bits), [0x3f7c_d404, 0x3f15_eb4e, 0x3f1f_6c40, 0x3f6a_0a06, 0x3d65_4fc0]);
}

/// The numbers of the streams are part of the meaning of a seed.
#[test]
fn streams_keep_their_numbers() {
    use Stream::*;
    let streams =
        [Initialization, Shuffle, Noise, Validation, Sampling, Binarize, Split, Digits, Posterior, Likelihood];
    assert_eq!(streams.map(|stream| stream as u32), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

#[test]
#[should_panic(expected = "7 values are no whole rows of 3")]
fn a_block_of_broken_rows_is_refused() {
    fill_normals(Key::new(1, Stream::Noise), 0, 0, 3, &mut [0.0; 7]);
}
