//! Random numbers by address: uniforms and normals as pure functions of (seed, stream, step, row, dimension).
//!
//! A [`Key`] stands for (seed, stream). Under it, counter (step low, step high, row, dimension / 4) gives the four
//! words of dimensions 4k … 4k+3. The first d dimensions therefore do not depend on how many there are, and a block
//! of rows can be filled in any pieces and order.
use crate::elementary::{ln, sin_cos_turns};
use crate::philox::philox4x32_10;

/// What random numbers are for. Each purpose draws from its own stream, so that asking for more numbers in one place
/// never changes those of another. The values are part of what a seed means: they are never renumbered.
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
    /// Which examples are held out.
    Split = 7,
    /// The strokes of the built-in digits.
    Digits = 8,
    /// Latents that a caller draws from q(z|x): noisy reconstructions, importance samples.
    Posterior = 9,
    /// Data drawn from the likelihood p(x|z).
    Likelihood = 10,
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

    /// The four words at counter (step low, step high, row, group).
    #[inline(always)]
    pub fn words(self, step: u64, row: u32, group: u32) -> [u32; 4] {
        let [low, high] = low_high(step);
        philox4x32_10([low, high, row, group], self.0)
    }
}

/// Standard normals of one row: `out[d]` is ε(step, row, d), for `d` in `0..out.len()`.
///
/// While training, `row` is position in the batch · L + l, where L is the number of latent samples an example gets.
pub fn normals(key: Key, step: u64, row: u32, out: &mut [f32]) {
    fill_by_four(out, |group| four_normals(key.words(step, row, group)));
}

/// Uniforms in [0, 1) of one row, multiples of 2⁻²⁴: `out[d]` belongs to (step, row, d).
pub fn uniforms(key: Key, step: u64, row: u32, out: &mut [f32]) {
    fill_by_four(out, |group| key.words(step, row, group).map(uniform));
}

/// Standard normals of consecutive rows: `out` is (rows, dims), row-major, its first row being `first_row`.
/// The rows must end below 2³².
///
/// # Panics
/// If `dims` is 0 or does not divide the length of `out`.
pub fn fill_normals(key: Key, step: u64, first_row: u32, dims: usize, out: &mut [f32]) {
    assert!(dims > 0 && out.len().is_multiple_of(dims), "{} values are no whole rows of {dims}", out.len());
    for (row, values) in (first_row..).zip(out.chunks_exact_mut(dims)) {
        normals(key, step, row, values);
    }
}

/// Fills `out` from groups of four, the last of which may be cut short.
#[inline(always)]
fn fill_by_four(out: &mut [f32], four: impl Fn(u32) -> [f32; 4]) {
    for (group, values) in (0u32..).zip(out.chunks_mut(4)) {
        values.copy_from_slice(&four(group)[..values.len()]);
    }
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
