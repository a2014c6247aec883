//! Philox4x32-10: a bijection of 128-bit counters, chosen by a 64-bit key, with pseudo-random values.
//!
//! J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, *Parallel random numbers: as easy as 1, 2, 3*, SC '11
//! (doi:10.1145/2063384.2063405), section 3.3 and table 2. It passes BigCrush, has no state, and costs twenty
//! 32 × 32 → 64 bit products for four words, on a CPU lane and on a GPU thread alike.

/// The multipliers of the two halves of a round (`PHILOX_M4x32_0`, `PHILOX_M4x32_1` of the paper's code).
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];

/// Increment of the key per round: the golden ratio and √3 − 1, as fractions of 2³² (a Weyl sequence).
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// Rounds. Seven already pass BigCrush; ten is the authors' safety margin and the usual "Philox4x32-10".
const ROUNDS: usize = 10;

/// The four random words of `counter` under `key`.
#[inline(always)]
pub fn philox4x32_10(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        counter = round(counter, key);
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// One round: each product's high half, crossed over to the other pair, hides a word that was not multiplied.
#[inline(always)]
fn round([c0, c1, c2, c3]: [u32; 4], [k0, k1]: [u32; 2]) -> [u32; 4] {
    let (high0, low0) = wide_product(MULTIPLIERS[0], c0);
    let (high1, low1) = wide_product(MULTIPLIERS[1], c2);
    [high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0]
}

/// The 64-bit product of two words as (high, low).
#[inline(always)]
fn wide_product(a: u32, b: u32) -> (u32, u32) {
    let product = u64::from(a) * u64::from(b);
    ((product >> 32) as u32, product as u32)
}

#[cfg(test)]
mod tests {
    use super::philox4x32_10;

    /// The three `philox4x32 10` lines of `tests/kat_vectors` in the authors' Random123 library
    /// (<https://github.com/DEShawResearch/random123>): counter, key, expected words. The last line's counter and key
    /// are the digits of π.
    #[test]
    fn gives_the_known_answers_of_random123() {
        let known = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, words) in known {
            assert_eq!(philox4x32_10(counter, key), words);
        }
    }
}
