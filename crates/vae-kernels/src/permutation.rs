//! A shuffle without a table: a keyed bijection of 0..n that can be evaluated at any position.
//!
//! A Feistel network turns any function into a bijection of b-bit numbers: (l, r) ↦ (r, l ⊕ F(r)) is invertible for any
//! F. With 2ᵇ ≥ n, *cycle walking* (J. Black and P. Rogaway, *Ciphers with arbitrary finite domains*, CT-RSA 2002)
//! restricts it to 0..n: apply it again until the value falls below n, which takes fewer than two applications on
//! average (from n = 128 on). So an epoch's order needs no memory, no state and no pass over the data set.
use crate::noise::Key;

/// Rounds of the Feistel network: four suffice for a good F on wide halves, narrow ones take longer to mix. Even, so
/// that halves of unequal width end where they began.
const ROUNDS: usize = 8;

/// Minimum width of the network in bits. Halves of one or two bits mix so badly that a shuffle of five is measurably
/// unfair; a few more steps of cycle walking cure that, and cost nothing at such small n.
const MIN_BITS: u32 = 8;

/// A pseudo-random order of `0..n`, one for each (key, epoch).
///
/// ```
/// use vae_kernels::{Key, Permutation, Stream};
/// let order = Permutation::new(Key::new(1, Stream::Shuffle), 0, 60_000);
/// let first_batch: Vec<u64> = (0..128).map(|position| order.get(position)).collect();
/// assert!(first_batch.iter().all(|&example| example < 60_000));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Permutation {
    n: u64,
    /// Width of the right half in bits; the left one has the same width or one bit less.
    right_bits: u32,
    left_bits: u32,
    round_keys: [u32; ROUNDS],
}

impl Permutation {
    /// Creates the order of `0..n` for `key` and `epoch`.
    ///
    /// # Panics
    /// If `n` exceeds 2³².
    pub fn new(key: Key, epoch: u64, n: u64) -> Self {
        assert!(n <= 1 << 32, "{n} examples are more than the 2^32 that can be shuffled");
        let bits = Self::width(n);
        let left_bits = bits / 2;
        let [a, b] = [0, 1].map(|group| key.words(epoch, 0, group));
        let round_keys = [a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]];
        Self { n, right_bits: bits - left_bits, left_bits, round_keys }
    }

    /// Width of the network for `n` elements, in bits.
    pub(crate) fn width(n: u64) -> u32 {
        (u64::BITS - n.saturating_sub(1).leading_zeros()).max(MIN_BITS)
    }

    /// The keys of its rounds.
    pub(crate) fn round_keys(&self) -> [u32; ROUNDS] {
        self.round_keys
    }

    /// Number of elements.
    pub fn len(&self) -> u64 {
        self.n
    }

    /// True if there is nothing to permute.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The element at `position`.
    ///
    /// # Panics
    /// If `position` is not below `n`.
    #[inline]
    pub fn get(&self, position: u64) -> u64 {
        assert!(position < self.n, "position {position} is outside a permutation of {}", self.n);
        // The cycle through `position` comes back to it, and it is below n: the walk ends.
        let mut element = self.feistel(position);
        while element >= self.n {
            element = self.feistel(element);
        }
        element
    }

    /// The underlying bijection of `left_bits + right_bits` bits.
    #[inline]
    fn feistel(&self, value: u64) -> u64 {
        let mut right = (value as u32) & mask(self.right_bits);
        let mut left = (value >> self.right_bits) as u32;
        // The halves change places each round, and so do their widths.
        let (mut left_bits, mut right_bits) = (self.left_bits, self.right_bits);
        for &round_key in &self.round_keys {
            (left, right) = (right, left ^ (mix(right, round_key) & mask(left_bits)));
            (left_bits, right_bits) = (right_bits, left_bits);
        }
        u64::from(left) << self.right_bits | u64::from(right)
    }
}

/// The round function F: a keyed avalanche, where every bit of the input moves every bit of the output (the finaliser
/// of A. Appleby's MurmurHash3, with the key before and between its products).
#[inline(always)]
fn mix(x: u32, key: u32) -> u32 {
    let x = x.wrapping_add(key);
    let x = (x ^ x >> 16).wrapping_mul(0x85EB_CA6B) ^ key;
    let x = (x ^ x >> 13).wrapping_mul(0xC2B2_AE35);
    x ^ x >> 16
}

/// The lowest `bits` bits, at most 31.
#[inline(always)]
fn mask(bits: u32) -> u32 {
    (1 << bits) - 1
}
