//! Random numbers by address: uniforms and normals as pure functions of (seed, stream, step, row, dimension).
//!
//! A [`Key`] represents (seed, stream). Under it, counter (step low, step high, row, dimension / 4) gives the four
//! words of dimensions 4k … 4k+3. The first d dimensions therefore do not depend on their number, and a block of rows
//! can be filled in any pieces and order.
use std::array;

use crate::elementary::{ln, sin_cos_turns};
use crate::isa::Isa;
pub use crate::lanes::LANES;
use crate::philox::philox4x32_10;
use crate::posterior::Family;

/// Purpose of random numbers. Each purpose draws from its own stream, so that drawing more numbers for one never
/// changes those of another. The values are part of the meaning of a seed: they are never renumbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Stream {
    /// The initial weights.
    Initialization = 1,
    /// The order of the examples in an epoch.
    Shuffle = 2,
    /// ε of the reparameterised latent while training.
    Noise = 3,
    /// ε while evaluating on held-out data.
    Validation = 4,
    /// Latents drawn from the prior.
    Sampling = 5,
    /// Dynamic binarisation of grey pixels.
    Binarize = 6,
    /// Choice of the held-out examples.
    Split = 7,
    /// The strokes of the built-in digits.
    Digits = 8,
    /// Latents that a caller draws from q(z|x): noisy reconstructions, importance samples.
    Posterior = 9,
    /// Data drawn from the likelihood p(x|z).
    Likelihood = 10,
    /// The order of a second batch, which an objective compares with the step's own.
    SecondBatch = 11,
}

/// A Philox key: the seed and the purpose, mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u32; 2]);

impl Key {
    /// The key of `stream` under `seed`: the first two words of Philox at counter (stream, 0, 0, 0), keyed by the seed.
    pub fn new(seed: u64, stream: Stream) -> Self {
        let [k0, k1, _, _] = philox4x32_10([stream as u32, 0, 0, 0], low_high(seed));
        Self([k0, k1])
    }

    /// Its two words.
    pub(crate) fn halves(self) -> [u32; 2] {
        self.0
    }

    /// The four words at counter (step low, step high, row, group).
    #[inline(always)]
    pub fn words(self, step: u64, row: u32, group: u32) -> [u32; 4] {
        let [low, high] = low_high(step);
        self.words_at([low, high, row, group])
    }

    /// The four words at a counter.
    #[inline(always)]
    fn words_at(self, counter: [u32; 4]) -> [u32; 4] {
        philox4x32_10(counter, self.0)
    }
}

/// Standard normals of one row: `out[d]` is ε(step, row, d), for `d` in `0..out.len()`.
///
/// In training, `row` is position in the batch · L + l, where L is the number of latent samples per example.
pub fn normals(key: Key, step: u64, row: u32, out: &mut [f32]) {
    fill_normals(key, step, row, out.len().max(1), out);
}

/// Uniforms in [0, 1) of one row, multiples of 2⁻²⁴: `out[d]` belongs to (step, row, d).
pub fn uniforms(key: Key, step: u64, row: u32, out: &mut [f32]) {
    uniforms_at(Isa::best(), key, step, row, out);
}

/// Bernoulli draws of one row, in place of their probabilities: `x[d]` becomes 1 where the uniform of (step, row, d) is
/// below it, else 0.
pub fn bernoulli(key: Key, step: u64, row: u32, x: &mut [f32]) {
    bernoulli_at(Isa::best(), key, step, row, x);
}

/// Standard normals of consecutive rows: `out` is (rows, dims), row-major, its first row being `first_row`.
/// The rows must end below 2³².
///
/// # Panics
/// If `dims` is 0 or does not divide the length of `out`.
pub fn fill_normals(key: Key, step: u64, first_row: u32, dims: usize, out: &mut [f32]) {
    assert!(dims > 0 && out.len().is_multiple_of(dims), "{} values are no whole rows of {dims}", out.len());
    fill_normals_at(Isa::best(), key, step, first_row, dims, out);
}

/// ε of a family's standard member, of consecutive rows: see [`fill_normals`].
///
/// # Panics
/// If `dims` is 0 or does not divide the length of `out`.
pub fn fill_noise(family: Family, key: Key, step: u64, first_row: u32, dims: usize, out: &mut [f32]) {
    assert!(dims > 0 && out.len().is_multiple_of(dims), "{} values are no whole rows of {dims}", out.len());
    fill_noise_at(Isa::best(), family, key, step, first_row, dims, out);
}

/// ε of sixteen rows of any steps as a panel, one row per lane: `out` is (dims, [`LANES`]), and `out[d * LANES + lane]`
/// is ε(`steps[lane]`, `rows[lane]`, d).
///
/// Inline it into code compiled for a SIMD level, as by [`Isa::run`].
#[inline(always)]
pub fn noise_panel(family: Family, key: Key, steps: &[u64; LANES], rows: &[u32; LANES], out: &mut [f32]) {
    match family {
        Family::Gaussian => panel(four_normals, key, steps, rows, out),
        Family::Laplace => panel(|words| words.map(laplace), key, steps, rows, out),
        Family::Uniform => panel(|words| words.map(symmetric), key, steps, rows, out),
    }
}

#[inline(always)]
fn panel(four: impl Fn([u32; 4]) -> [f32; 4], key: Key, steps: &[u64; LANES], rows: &[u32; LANES], out: &mut [f32]) {
    // In halves, because the widest number that a loop reads decides how many of its iterations the compiler
    // vectorises.
    let (low, high) = (steps.map(|step| low_high(step)[0]), steps.map(|step| low_high(step)[1]));
    for (group, values) in (0u32..).zip(out.chunks_mut(4 * LANES)) {
        let mut panel = [[0.0; LANES]; 4];
        for lane in 0..LANES {
            let z = four(key.words_at([low[lane], high[lane], rows[lane], group]));
            for d in 0..4 {
                panel[d][lane] = z[d];
            }
        }
        values.copy_from_slice(&panel.as_flattened()[..values.len()]);
    }
}

/// [`uniforms`] at a given level.
fn uniforms_at(isa: Isa, key: Key, step: u64, row: u32, out: &mut [f32]) {
    fill_rows(
        isa,
        row,
        out.len().max(1),
        out,
        #[inline(always)]
        |row, group| key.words(step, row, group).map(uniform),
        #[inline(always)]
        |value, number| *value = number,
    );
}

/// [`bernoulli`] at a given level.
fn bernoulli_at(isa: Isa, key: Key, step: u64, row: u32, x: &mut [f32]) {
    fill_rows(
        isa,
        row,
        x.len().max(1),
        x,
        #[inline(always)]
        |row, group| key.words(step, row, group).map(uniform),
        #[inline(always)]
        |x, u| *x = if u < *x { 1.0 } else { 0.0 },
    );
}

/// [`fill_normals`] at a given level.
fn fill_normals_at(isa: Isa, key: Key, step: u64, first_row: u32, dims: usize, out: &mut [f32]) {
    fill_noise_at(isa, Family::Gaussian, key, step, first_row, dims, out);
}

/// [`fill_noise`] at a given level.
fn fill_noise_at(isa: Isa, family: Family, key: Key, step: u64, first_row: u32, dims: usize, out: &mut [f32]) {
    match family {
        Family::Gaussian => fill_rows(
            isa,
            first_row,
            dims,
            out,
            #[inline(always)]
            |row, group| four_normals(key.words(step, row, group)),
            #[inline(always)]
            |value, number| *value = number,
        ),
        Family::Laplace => fill_rows(
            isa,
            first_row,
            dims,
            out,
            #[inline(always)]
            |row, group| key.words(step, row, group).map(laplace),
            #[inline(always)]
            |value, number| *value = number,
        ),
        Family::Uniform => fill_rows(
            isa,
            first_row,
            dims,
            out,
            #[inline(always)]
            |row, group| key.words(step, row, group).map(symmetric),
            #[inline(always)]
            |value, number| *value = number,
        ),
    }
}

/// Iterates over consecutive rows with numbers in groups of four, `four(row, group)`, and calls `take(value, number)`
/// for each; a row's last group may be cut short.
fn fill_rows(
    isa: Isa,
    first_row: u32,
    dims: usize,
    out: &mut [f32],
    four: impl Fn(u32, u32) -> [f32; 4],
    take: impl Fn(&mut f32, f32),
) {
    isa.run(
        #[inline(always)]
        || {
            // The groups of all rows, in order, are distributed over the lanes, so that one long row fills them as well
            // as many short ones. Each lane then advances by LANES groups at a time.
            let groups = dims.div_ceil(4) as u32;
            let (rows_on, groups_on) = (LANES as u32 / groups, LANES as u32 % groups);
            let mut row: [u32; LANES] = array::from_fn(|lane| first_row.wrapping_add(lane as u32 / groups));
            let mut group: [u32; LANES] = array::from_fn(|lane| lane as u32 % groups);

            let mut places = out.chunks_exact_mut(dims).flat_map(|row| row.chunks_mut(4)).peekable();
            while places.peek().is_some() {
                let mut fours = [[0.0; 4]; LANES];
                for lane in 0..LANES {
                    fours[lane] = four(row[lane], group[lane]);
                }
                for (four, place) in fours.iter().zip(places.by_ref()) {
                    // (For four numbers copy_from_slice would call memcpy.)
                    place.iter_mut().zip(four).for_each(|(value, &number)| take(value, number));
                }
                for lane in 0..LANES {
                    let is_past_row = group[lane] + groups_on >= groups;
                    group[lane] = group[lane] + groups_on - if is_past_row { groups } else { 0 };
                    row[lane] = row[lane].wrapping_add(rows_on + u32::from(is_past_row));
                }
            }
        },
    );
}

/// Four standard normals from four words.
#[inline(always)]
fn four_normals([w0, w1, w2, w3]: [u32; 4]) -> [f32; 4] {
    let (z0, z1) = box_muller(w0, w1);
    let (z2, z3) = box_muller(w2, w3);
    [z0, z1, z2, z3]
}

/// (r cos θ, r sin θ) with r = √(−2 ln u): two independent standard normals (Box and Muller, *A note on the
/// generation of random normal deviates*, 1958).
///
/// u = (w + ½)/2³² lies in [2⁻³³, 1], so |z| ≤ √(66 ln 2) ≈ 6.76 and never ∞. θ takes its word as *signed*: the
/// conversion of `i32` is one instruction everywhere, and [−½, ½] turns are as good as [0, 1].
#[inline(always)]
fn box_muller(radius_word: u32, angle_word: u32) -> (f32, f32) {
    const ULP: f32 = 1.0 / 4_294_967_296.0; // 2⁻³²
    let u = (radius_word as f32).mul_add(ULP, 0.5 * ULP);
    let r = (-2.0 * ln(u)).sqrt();
    let (sin, cos) = sin_cos_turns(angle_word as i32 as f32 * ULP);
    (r * cos, r * sin)
}

/// ±ln u, a standard Laplace number: the sign is the word's highest bit, and u = (w + ½)/2³¹ of the other bits w is in
/// (0, 1].
#[inline(always)]
fn laplace(word: u32) -> f32 {
    const ULP: f32 = 1.0 / 2_147_483_648.0; // 2⁻³¹
    let u = ((word & 0x7FFF_FFFF) as i32 as f32).mul_add(ULP, 0.5 * ULP);
    let magnitude = -ln(u);
    if word >> 31 == 0 { magnitude } else { -magnitude }
}

/// A word as a number in [−1, 1].
#[inline(always)]
fn symmetric(word: u32) -> f32 {
    word as i32 as f32 * (1.0 / 2_147_483_648.0)
}

/// The upper 24 bits of a word as a fraction in [0, 1): every value is a float, so none rounds up to 1.
#[inline(always)]
fn uniform(word: u32) -> f32 {
    (word >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// The two words of a 64-bit number, low first.
#[inline(always)]
fn low_high(x: u64) -> [u32; 2] {
    [x as u32, (x >> 32) as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: u64 = 7 << 32 | 5;

    /// ε by its definition.
    fn normal(key: Key, step: u64, row: u32, d: usize) -> f32 {
        four_normals(key.words(step, row, d as u32 / 4))[d % 4]
    }

    #[track_caller]
    fn assert_same_bits(found: &[f32], expected: impl Iterator<Item = f32>, isa: Isa) {
        let expected: Vec<u32> = expected.map(f32::to_bits).collect();
        let found: Vec<u32> = found.iter().map(|x| x.to_bits()).collect();
        assert_eq!(found, expected, "at {}", isa.name());
    }

    #[test]
    fn rows_of_normals_are_the_same_at_every_level() {
        let key = Key::new(11, Stream::Posterior);
        for isa in Isa::available() {
            for dims in [1, 2, 3, 4, 5, 20, 33, 63, 64, 65, 784] {
                for rows in [1, 2, 15, 16, 17, 50] {
                    let first_row = u32::MAX - rows;
                    let mut out = vec![0.0; rows as usize * dims];
                    fill_normals_at(isa, key, STEP, first_row, dims, &mut out);
                    let expected =
                        (first_row..u32::MAX).flat_map(|row| (0..dims).map(move |d| normal(key, STEP, row, d)));
                    assert_same_bits(&out, expected, isa);
                }
            }
        }
    }

    #[test]
    fn uniforms_are_the_same_at_every_level() {
        let key = Key::new(11, Stream::Binarize);
        for isa in Isa::available() {
            for dims in (0..150).chain([784]) {
                let mut out = vec![0.0; dims];
                uniforms_at(isa, key, STEP, 3, &mut out);
                assert_same_bits(&out, (0..dims).map(|d| uniform(key.words(STEP, 3, d as u32 / 4)[d % 4])), isa);
            }
        }
    }

    #[test]
    fn bernoulli_draws_are_the_same_at_every_level() {
        let key = Key::new(11, Stream::Binarize);
        for isa in Isa::available() {
            for dims in (0..150).chain([784]) {
                let mut u = vec![0.0; dims];
                uniforms_at(isa, key, STEP, 3, &mut u);
                // Below, at and above the uniform, and never and always.
                let p = |d: usize| [0.5, u[d], u[d].next_up(), 0.0, 1.0][d % 5];
                let mut x: Vec<f32> = (0..dims).map(p).collect();
                bernoulli_at(isa, key, STEP, 3, &mut x);
                assert_same_bits(&x, (0..dims).map(|d| if u[d] < p(d) { 1.0 } else { 0.0 }), isa);
            }
        }
    }

    #[test]
    fn panels_are_the_same_at_every_level() {
        let key = Key::new(11, Stream::Noise);
        let steps: [u64; LANES] = array::from_fn(|lane| STEP + lane as u64 / 3 * u64::from(u32::MAX));
        let rows: [u32; LANES] = array::from_fn(|lane| u32::MAX - 1000 * lane as u32);
        for isa in Isa::available() {
            for dims in 0..=21 {
                let mut out = vec![0.0; dims * LANES];
                isa.run(
                    #[inline(always)]
                    || noise_panel(Family::Gaussian, key, &steps, &rows, &mut out),
                );
                let expected = (0..dims * LANES).map(|i| normal(key, steps[i % LANES], rows[i % LANES], i / LANES));
                assert_same_bits(&out, expected, isa);
            }
        }
    }
}
