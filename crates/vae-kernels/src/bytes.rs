//! Conversion of bytes to floats.
use crate::isa::Isa;

/// Computes `out[i] = bytes[i] / divisor`, correctly rounded: 51/255 is 0.2 to the last bit, which 51 · (1/255) is not.
/// The reciprocal's quotient is corrected by its remainder, in three multiplications; a division takes three times as
/// long.
///
/// Exact for the divisors 1 and 255 (the tests check every byte).
pub fn divide_bytes(bytes: &[u8], divisor: f32, out: &mut [f32]) {
    let reciprocal = 1.0 / divisor;
    Isa::best().run(
        #[inline(always)]
        || {
            for (out, &byte) in out.iter_mut().zip(bytes) {
                let x = f32::from(byte);
                let quotient = x * reciprocal;
                let remainder = (-quotient).mul_add(divisor, x);
                *out = remainder.mul_add(reciprocal, quotient);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::divide_bytes;

    #[test]
    fn a_byte_is_divided_to_the_last_bit() {
        let bytes: Vec<u8> = (0..=255).collect();
        for divisor in [1.0, 255.0] {
            let mut out = [0.0; 256];
            divide_bytes(&bytes, divisor, &mut out);
            for (byte, out) in bytes.iter().zip(out) {
                assert_eq!(out.to_bits(), (f32::from(*byte) / divisor).to_bits(), "{byte}/{divisor}");
            }
        }
    }
}
